import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, isAfter } from '../../src/core/cursor.js';
import type { ObjectInfo } from '../../src/core/object.js';
import { pageOf } from '../../src/core/page.js';
import { resolveRange } from '../../src/core/range.js';
import { compareUtf8 } from '../../src/core/utf8.js';
import { thrown } from '../support/errors.js';

/** Strings of few characters around the places where UTF-16 and UTF-8 order differently. */
const text = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      '/',
      '\u007f',
      '\u0080',
      '\u07ff',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '😀',
      '\u{10ffff}',
    ),
    {
      maxLength: 5,
    },
  )
  .map((characters) => characters.join(''));
const anyText = fc.oneof(text, fc.string({ unit: 'binary' }));

const describeKey = (key: string): ObjectInfo => ({ key, size: 0, lastModified: new Date(0), etag: key });
const sorted = (keys: readonly string[]): string[] => [...new Set(keys)].sort(compareUtf8);

describe('compareUtf8', () => {
  it('orders as the bytes of UTF-8 do', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('differs from the order of JavaScript where surrogates are', () => {
    expect('😀' < '\uffff').toBe(true);
    expect(compareUtf8('😀', '\uffff')).toBeGreaterThan(0);
  });
});

describe('a cursor', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (after, group) => {
        const encoded = encodeCursor({ after, group });
        expect(encoded).toMatch(/^[\w-]+$/);
        expect(decodeCursor(encoded)).toEqual({ after, group });
      }),
    );
  });

  it('is refused when no list made it', () => {
    const forged = [
      '',
      'a',
      '=',
      'a2E=',
      ' a2E',
      'a2E\n',
      'xyz',
      '____',
      Buffer.from('xa').toString('base64url'),
    ];
    for (const cursor of forged) {
      expect(thrown(() => decodeCursor(cursor))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'cursor',
      });
    }
  });

  it('stands before what comes after it, and behind all of its group', () => {
    expect(isAfter('b', { after: 'a', group: false })).toBe(true);
    expect(isAfter('a', { after: 'a', group: false })).toBe(false);
    expect(isAfter('a/x', { after: 'a', group: false })).toBe(true);
    expect(isAfter('a/x', { after: 'a/', group: true })).toBe(false);
    expect(isAfter('a0', { after: 'a/', group: true })).toBe(true);
  });
});

describe('pageOf', () => {
  it('gives every key and prefix once, whatever the pages, and nothing twice', () => {
    const delimiter = fc.constantFrom(undefined, '/' as const);
    const prefix = fc.constantFrom('', 'a', 'a/', 'b', '/', '😀');
    fc.assert(
      fc.property(
        fc.array(text),
        prefix,
        delimiter,
        fc.integer({ min: 1, max: 5 }),
        (keys, start, by, limit) => {
          const all = sorted(keys.filter((key) => key !== ''));
          const found: string[] = [];
          let cursor: string | undefined;
          do {
            const page = pageOf(all, { prefix: start, delimiter: by, cursor, limit }, describeKey);
            const names = [...page.objects.map(({ key }) => key), ...page.prefixes];
            expect(names.length).toBeLessThanOrEqual(limit);
            found.push(...sorted(names));
            cursor = page.cursor;
          } while (cursor !== undefined);
          const groups = all
            .filter((key) => key.startsWith(start))
            .map((key) => {
              const cut = by === undefined ? -1 : key.indexOf(by, start.length);
              return cut === -1 ? key : key.slice(0, cut + 1);
            });
          expect(found).toEqual([...new Set(groups)]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('resolveRange', () => {
  it('gives what slicing gives', () => {
    const size = fc.nat(20);
    fc.assert(
      fc.property(size, fc.nat(25), fc.option(fc.nat(25), { nil: undefined }), (length, start, extra) => {
        const bytes = Array.from({ length }, (_, i) => i);
        const end = extra === undefined ? undefined : start + extra;
        const wanted = bytes.slice(start, end === undefined ? undefined : end + 1);
        if (wanted.length === 0) {
          expect(thrown(() => resolveRange({ start, end }, length)).code).toBe('RANGE_NOT_SATISFIABLE');
        } else {
          expect(resolveRange({ start, end }, length)).toEqual({ start: wanted[0], end: wanted.at(-1) });
        }
      }),
    );
    fc.assert(
      fc.property(size, fc.nat(25), (length, suffix) => {
        const bytes = Array.from({ length }, (_, i) => i);
        const wanted = suffix === 0 ? [] : bytes.slice(-suffix);
        if (wanted.length === 0) {
          expect(thrown(() => resolveRange({ suffix }, length)).code).toBe('RANGE_NOT_SATISFIABLE');
        } else {
          expect(resolveRange({ suffix }, length)).toEqual({ start: wanted[0], end: length - 1 });
        }
      }),
    );
  });
});
