import { describe, expect, it } from '@jest/globals';
import { ApiTokens } from '../../src/app/api-tokens.js';
import { isLoopback } from '../../src/app/listen-address.js';

describe('ApiTokens', () => {
  it('finds the user of a token', () => {
    const tokens = ApiTokens.parse(' alice:first-token , bob:second:token'.replace('second:', 'second-'));
    expect(tokens.users).toEqual(['alice', 'bob']);
    expect(tokens.userOf('first-token')).toBe('alice');
    expect(tokens.userOf('second-token')).toBe('bob');
    for (const wrong of ['', 'first-toke', 'first-tokenx', 'alice'])
      expect(tokens.userOf(wrong)).toBeUndefined();
  });

  it('is empty where nothing is set', () => {
    for (const text of [undefined, '', '  ']) expect(ApiTokens.parse(text).users).toEqual([]);
  });

  it('does not show its tokens', () => {
    expect(JSON.stringify(ApiTokens.parse('alice:first-token'))).not.toContain('first-token');
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '[::1]', 'localhost', 'LOCALHOST'])('knows %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each([
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '127.0.0.1.example.com',
    '127.evil.example',
    'localhost.example.com',
  ])('refuses %j', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
