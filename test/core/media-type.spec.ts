import { describe, expect, it } from '@jest/globals';
import { isActive } from '../../src/core/active-type.js';
import { checkOptions } from '../../src/core/check-options.js';
import { checkSignRead, checkSignWrite } from '../../src/core/check-sign-options.js';
import { isMediaType } from '../../src/core/media-type.js';
import { cpuMs } from '../support/cpu-ms.js';

const WRONG = [
  '',
  'text',
  'text/',
  'text/plain,text/html',
  'text/plain;x=,text/html',
  'text/plain;x=,text/html(a',
  'text/plain;x=,text/html a',
  'text/plain;,text/html(',
  'text/plain;x=", text/html(',
  'text/plain;x="\\", text/html',
  'text/plain;x=a b',
  'text/plain; x = a',
  'text/plain;x',
  'text/html(a)',
  'text/html a',
  'text/plain;x="a"b',
  'video/webm;codecs=vp8,opus',
];
const RIGHT = [
  'text/plain',
  'text/plain;charset=utf-8',
  'text/plain ; charset=utf-8;;\tprofile="a, \\"b\\"; c"',
  "application/vnd.a+json;x=!#$%&'*+.^_`|~1",
  'video/webm;codecs="vp8,opus"',
  'text/plain;',
];

describe('Media types', () => {
  it.each(WRONG)('are not %j', (contentType) => {
    expect(isMediaType(contentType)).toBe(false);
    const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
    const codes = [
      () => checkOptions.put('k', { contentType }),
      () => checkSignWrite({ method: 'PUT', contentType }, 60),
      () => checkSignRead({ responseContentType: contentType }, 60),
    ].map((check) => {
      try {
        return check();
      } catch (error) {
        return error;
      }
    });
    expect(codes).toEqual([refused, refused, refused]);
  });

  it.each(RIGHT)('are %j', (contentType) => {
    expect(isMediaType(contentType)).toBe(true);
    expect(isActive(contentType)).toBe(false);
  });

  it('take no long time to tell', () => {
    for (const part of ['; ', ';', ';a=b', ';a="\\"', '; \t', '"', ';x=",']) {
      const hostile = `a/b${part.repeat(50_000)}é`;
      expect(cpuMs(() => expect(isMediaType(hostile)).toBe(false))).toBeLessThan(1_000);
    }
  });
});

describe('Active content', () => {
  it.each([
    ...WRONG,
    'TEXT/HTML; charset=utf-8',
    'image/svg+xml',
    'application/hta',
    'text/vbscript',
    'text/javascript1.0',
    'text/javascript1.5;x=y',
    'text/plain;x="a, text/html(b"',
    'text/plain;x="a,text/html"',
  ])('is %j', (contentType) => {
    expect(isActive(contentType)).toBe(true);
  });

  it.each(['text/javascript1.6', 'image/png', 'application/pdf', 'application/json'])(
    'is not %j',
    (contentType) => {
      expect(isActive(contentType)).toBe(false);
    },
  );
});
