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

  it.each([
    ['S3cret-of-alice:alice', /entry 1: the token has fewer than 8 characters/],
    ['bob:first-token,alice:S3cret-of,alice:S3cret-of', /entry 3: the user is there twice/],
    ['bob:S3cret-of,alice:S3cret-of', /entry 2: the token is that of another user/],
    ['S3cret-of-alice', /entry 1: write it as user:token/],
    ['S3cret-of-alice:a,lice', /entry 1: the token has fewer/],
    ['alice:S3cret of', /entry 1: the token has a character/],
  ])('prints no part of a malformed list: %s', (text, message) => {
    expect(() => ApiTokens.parse(text)).toThrow(message);
    expect(() => ApiTokens.parse(text)).not.toThrow(/S3cret/);
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
