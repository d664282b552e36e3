import { describe, expect, it } from '@jest/globals';
import { classifyCode, saysNotBegun } from '../../../src/backends/s3/errors.js';

describe('the code of a service that did not begin', () => {
  it.each([
    ['SlowDown', 'THROTTLED'],
    ['RequestThrottledException', 'THROTTLED'],
    ['BandwidthLimitExceeded', 'THROTTLED'],
    ['RequestTimeout', 'TIMEOUT'],
    ['ServiceUnavailable', 'UNAVAILABLE'],
    ['XMinioServerNotInitialized', 'UNAVAILABLE'],
    ['Busy', 'UNAVAILABLE'],
  ])('%s means %s, whatever its status', (code, meant) => {
    expect([classifyCode(code).code, saysNotBegun(code)]).toEqual([meant, true]);
  });

  it.each(['InternalError', 'AccessDenied', 'toString', ''])('is not %j', (code) => {
    expect(saysNotBegun(code)).toBe(false);
  });
});
