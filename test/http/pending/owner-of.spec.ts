import { expect, it } from '@jest/globals';
import { StorageError } from '../../../src/core/error.js';
import { ownerOf } from '../../../src/http/pending/owner-of.js';

it.each<[unknown, string]>([
  ['ann', 'string ann'],
  [7, 'number 7'],
  ['7', 'string 7'],
  [{ id: 7, sub: 'x' }, 'number 7'],
  [{ id: 'ann' }, 'string ann'],
  [{ sub: 'auth0|5' }, 'string auth0|5'],
  [undefined, 'anonymous'],
  [null, 'anonymous'],
])('names the principal %j as %j', (principal, owner) => {
  expect(ownerOf(principal, undefined)).toBe(owner);
});

it('takes what the application says, and it is nobody else', () => {
  expect(ownerOf({ email: 'a@b' }, (principal) => (principal as { email: string }).email)).toBe('named a@b');
  expect(ownerOf(undefined, () => 'anonymous')).not.toBe(ownerOf(undefined, undefined));
});

it.each<[string, unknown, (() => string) | undefined]>([
  ['an object without id and sub', { email: 'a@b' }, undefined],
  ['an object with an id that is none', { id: { a: 1 } }, undefined],
  ['an empty text', '', undefined],
  ['a boolean', true, undefined],
  ['an owner that says nothing', 'ann', () => ''],
  ['an owner that gives an object', 'ann', (() => ({})) as unknown as () => string],
])('asks for owner at %s', (_, principal, owner) => {
  let error: unknown;
  try {
    ownerOf(principal, owner);
  } catch (thrown) {
    error = thrown;
  }
  expect(StorageError.is(error, 'INVALID_ARGUMENT') && [error.reason, error.message]).toEqual([
    'config',
    expect.stringContaining('owner'),
  ]);
});
