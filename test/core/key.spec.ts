import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addressProblem, assertKey, keyProblem, segmentProblem } from '../../src/core/key.js';
import { KEYS } from '../contract/keys.js';
import { thrown } from '../support/errors.js';

describe('the rules of keys', () => {
  it.each(KEYS.map(({ name, key, rule }) => [rule, name, key] as const))('%s: %s', (rule, _, key) => {
    expect(keyProblem(key) === undefined ? 'kept' : 'refused').toBe(rule);
    if (rule === 'kept') expect(() => assertKey(key)).not.toThrow();
    else expect(thrown(() => assertKey(key))).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'key', key });
  });

  it('counts bytes of UTF-8, not characters', () => {
    expect(keyProblem('é'.repeat(512))).toBeUndefined();
    expect(keyProblem('é'.repeat(513))).toContain('1024 bytes');
    expect(keyProblem('日'.repeat(341) + 'x')).toBeUndefined();
    expect(keyProblem('日'.repeat(342))).toContain('1024 bytes');
  });

  it('reads keys that it would not write, unless they are no keys at all', () => {
    for (const key of ['a//b', 'a/', '/', '..', 'a\\b', 'a\nb', '\0'])
      expect(addressProblem(key)).toBeUndefined();
    for (const key of ['', '\ud800', 'x'.repeat(1025)]) expect(addressProblem(key)).toBeDefined();
    for (const key of ['a//b', 'a/', '/', '..', './a']) expect(segmentProblem(key)).toBeDefined();
    for (const key of ['a\\b', '...', 'a..b', '.a']) expect(segmentProblem(key)).toBeUndefined();
  });

  it('refuses what is no string, and says so', () => {
    for (const key of [undefined, null, 5, {}, [], Symbol('x')]) {
      const error = thrown(() => assertKey(key));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'key', key: undefined });
      expect(error.message).toContain('not a string');
    }
  });

  it('shows little of a long key', () => {
    expect(thrown(() => assertKey('x'.repeat(100_000))).message.length).toBeLessThan(400);
  });

  it('never takes a key that a path would change', () => {
    const part = fc.constantFrom('.', '..', 'a', '/', '//', '\\', ' ', '%2e');
    const path = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(path, (key) => {
        if (keyProblem(key) !== undefined || key.includes('%')) return;
        const { pathname } = new URL(`http://host/${key.split('/').map(encodeURIComponent).join('/')}`);
        expect(decodeURIComponent(pathname)).toBe(`/${key}`);
      }),
    );
  });
});
