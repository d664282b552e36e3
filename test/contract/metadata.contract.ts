import { expect } from '@jest/globals';
import { expectCode } from '../support/errors.js';
import type { Theme } from './suite.js';

/** S3's limit: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_BYTES = 2048;

export const metadata: Theme = (test) => {
  test('keeps metadata, with names in lower case', async (storage) => {
    await storage.put('k', 'x', { metadata: { 'Owner-Id': 'Ann', state: 'NEW', 'x.y_z~1': '1' } });
    expect((await storage.head('k')).metadata).toEqual({ 'owner-id': 'Ann', state: 'NEW', 'x.y_z~1': '1' });
  });

  test('has no metadata when none was given', async (storage) => {
    await storage.put('k', 'x');
    expect((await storage.head('k')).metadata ?? {}).toEqual({});
  });

  test('keeps any Unicode value of metadata', async (storage) => {
    const values = {
      latin: 'naïve Zürich',
      japanese: '日本語 テスト',
      emoji: 'a 😀 b',
      encoded: '=?UTF-8?Q?=C3=BC?= %41 %zz +',
      quotes: `"double" 'single' \\ back, comma; semicolon`,
      nfd: 'e\u0301',
      empty: '',
    };
    await storage.put('k', 'x', { metadata: values });
    expect((await storage.head('k')).metadata).toEqual(values);
    const { info, body } = await storage.get('k');
    body.destroy();
    expect(info.metadata).toEqual(values);
  });

  test('keeps metadata with names that objects have already', async (storage) => {
    const names = ['__proto__', 'constructor', 'tostring', 'hasownproperty'];
    const given = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
    await storage.put('k', 'x', { metadata: given });
    const kept = (await storage.head('k')).metadata ?? {};
    expect(Object.entries(kept).sort()).toEqual(Object.entries(given).sort());
    expect(({} as Record<string, unknown>)['value of __proto__']).toBeUndefined();
  });

  test('refuses names of metadata that differ only in case', async (storage) => {
    await expectCode(storage.put('k', 'x', { metadata: { name: '1', Name: '2' } }), 'INVALID_ARGUMENT');
    expect(await storage.exists('k')).toBe(false);
  });

  test('refuses names of metadata that no header can have', async (storage) => {
    for (const name of ['', 'a b', 'a:b', 'ü', 'a\r\n', '(a)', 'a/b', '日']) {
      await expectCode(storage.put('k', 'x', { metadata: { [name]: '1' } }), 'INVALID_ARGUMENT');
    }
    expect(await storage.exists('k')).toBe(false);
  });

  test('refuses reserved names of metadata', async (storage) => {
    for (const name of ['stowage-cipher', 'Stowage-X']) {
      await expectCode(storage.put('k', 'x', { metadata: { [name]: '1' } }), 'INVALID_ARGUMENT');
    }
  });

  test('refuses values of metadata that no header can carry', async (storage) => {
    const values: unknown[] = ['a\r\nb', 'a\nb', 'a\0b', '\ud800', '\u007f', 5, null, undefined, {}, ['a']];
    for (const value of values) {
      const given = { name: value } as Record<string, string>;
      await expectCode(storage.put('k', 'x', { metadata: given }), 'INVALID_ARGUMENT');
    }
    expect(await storage.exists('k')).toBe(false);
  });

  test('keeps 2,048 bytes of metadata and refuses one more', async (storage) => {
    const full = { name: 'v'.repeat(MAX_BYTES - 4) };
    await storage.put('k', 'x', { metadata: full });
    expect((await storage.head('k')).metadata).toEqual(full);
    await expectCode(
      storage.put('k', 'y', { metadata: { name: 'v'.repeat(MAX_BYTES - 3) } }),
      'INVALID_ARGUMENT',
    );
    // In bytes of UTF-8, not in characters.
    await expectCode(storage.put('k', 'y', { metadata: { name: '日'.repeat(700) } }), 'INVALID_ARGUMENT');
    expect(await storage.text('k')).toBe('x');
  });
};
