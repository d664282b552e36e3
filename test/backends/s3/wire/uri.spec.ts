import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalQuery, encodeKey, encodeQueryPart } from '../../../../src/backends/s3/wire/uri.js';
import { thrown } from '../../../support/errors.js';
import { queries, texts } from './sdk-signer.js';

/** The rule by its letter: byte by byte. */
function byLetter(text: string, keep: RegExp): string {
  return Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte);
    return keep.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

describe('encodeKey', () => {
  it('encodes each byte but the unreserved ones and the slash, once', () => {
    fc.assert(
      fc.property(texts, (key) => {
        expect(encodeKey(key)).toBe(byLetter(key, /[A-Za-z0-9\-._~/]/));
        expect(decodeURIComponent(encodeKey(key))).toBe(key);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['plain/key-1_2.3~4', 'plain/key-1_2.3~4'],
    ['a//b/../c/./', 'a//b/../c/./'],
    ['a+b c', 'a%2Bb%20c'],
    ['100%25', '100%2525'],
    ["!'()*", '%21%27%28%29%2A'],
    ['é😀\0', '%C3%A9%F0%9F%98%80%00'],
  ])('%j becomes %s', (key, encoded) => expect(encodeKey(key)).toBe(encoded));

  it('refuses a lone surrogate, which has no UTF-8', () => {
    for (const encodeText of [encodeKey, encodeQueryPart])
      expect(thrown(() => encodeText('a\ud800b'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(thrown(() => canonicalQuery([['prefix', '\udc00']]))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('canonicalQuery', () => {
  it.each([
    [[], ''],
    [[['acl', '']], 'acl='],
    [
      [
        ['prefix', 'a/b c'],
        ['list-type', '2'],
      ],
      'list-type=2&prefix=a%2Fb%20c',
    ],
    [
      [
        ['a-b', '1'],
        ['a', '2'],
        ['a', '10'],
        ['A', ''],
      ],
      'A=&a=10&a=2&a-b=1',
    ],
    [
      [
        ['z', ''],
        ['é', ''],
      ],
      '%C3%A9=&z=',
    ],
  ] as const)('%j becomes %s', (pairs, query) => expect(canonicalQuery(pairs)).toBe(query));

  it('keeps every pair, in an order that does not depend on that of the pairs', () => {
    const sorted = (pairs: readonly (readonly [string, string])[]) =>
      pairs.map((pair) => pair.join('\0')).sort();
    fc.assert(
      fc.property(queries, (pairs) => {
        const query = canonicalQuery(pairs);
        expect(canonicalQuery([...pairs].reverse())).toBe(query);
        const parsed =
          query === '' ? [] : query.split('&').map((part) => part.split('=').map(decodeURIComponent));
        expect(sorted(parsed.map(([name = '', value = '']) => [name, value] as const))).toEqual(
          sorted(pairs),
        );
      }),
      { numRuns: 500 },
    );
  });
});
