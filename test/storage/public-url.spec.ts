import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { checkModuleOptions, assertConfigOptions } from '../../src/storage/check-module-options.js';
import type { PublicUrl } from '../../src/storage/public-url.js';
import { StorageService } from '../../src/storage/storage.service.js';

const storageWith = (publicUrl?: PublicUrl): StorageService =>
  new StorageService('media', new MemoryBackend(), { publicUrl });

describe('publicUrl', () => {
  it.each([
    ['a.txt', 'a.txt'],
    ['a b/ü?.txt', 'a%20b/%C3%BC%3F.txt'],
    ['a#b&c=d', 'a%23b%26c%3Dd'],
    ['50%25', '50%2525'],
    ['//evil.example/x', '//evil.example/x'],
  ])('encodes each segment of %j', (key, path) => {
    for (const base of ['https://cdn.example.com/m', 'https://cdn.example.com/m/']) {
      const url = storageWith(base).publicUrl(key);
      expect(url).toBe(`https://cdn.example.com/m/${path}`);
      expect(new URL(url).host).toBe('cdn.example.com');
    }
  });

  it('puts the scopes before the key, encoded and for a function', () => {
    const scoped = storageWith('https://cdn.example.com').scoped('users/a b').scoped('x');
    expect(scoped.publicUrl('y.txt')).toBe('https://cdn.example.com/users/a%20b/x/y.txt');
    const made = storageWith((key) => `https://cdn.example.com/?key=${encodeURIComponent(key)}`).scoped('u');
    expect(made.publicUrl('y')).toBe('https://cdn.example.com/?key=u%2Fy');
  });

  it.each(['', 'a/../b', './a', '..'])('refuses the key %j', (key) => {
    expect(() => storageWith('https://cdn.example.com').publicUrl(key)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'key' }),
    );
  });

  it('does not leave a scope', () => {
    const scoped = storageWith('https://cdn.example.com').scoped('u');
    for (const key of ['../x', '/x', 'a//b'])
      expect(() => scoped.publicUrl(key)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('is UNSUPPORTED without a base, and says what to set', () => {
    expect(() => storageWith().publicUrl('a')).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining('pass publicUrl') }),
    );
  });

  it.each(['javascript:alert(1)', '/a', 5])('takes no %j from a function', (made) => {
    expect(() => storageWith(() => made as string).publicUrl('a')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'config' }),
    );
  });

  it.each([
    'cdn.example.com',
    'ftp://cdn.example.com',
    'https://user:hunter2@cdn.example.com',
    'https://cdn.example.com/?x',
    'https://cdn.example.com/#x',
    5,
    null,
  ])('has a base that is checked at the start: %j', (publicUrl) => {
    const backend = new MemoryBackend();
    expect(() => checkModuleOptions('media', { backend, publicUrl })).toThrow(
      /storage "media": publicUrl is/,
    );
    expect(() => checkModuleOptions('media', { backend, publicUrl })).not.toThrow(/hunter2/);
  });

  it('is not one for several storages', () => {
    const publicUrl = 'https://cdn.example.com';
    expect(() => assertConfigOptions({ names: ['a', 'b'], publicUrl })).toThrow(
      /one URL for several storages/,
    );
    assertConfigOptions({ names: ['a'], publicUrl });
  });
});
