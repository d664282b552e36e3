import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import { StorageHttpModule, type StorageHttpOptions } from '../../../src/http/index.js';
import { failure } from '../../support/errors.js';
import { boot, storages } from '../harness.js';

const SECRET = 'a secret of the tests, long enough';
type Options = Partial<Record<keyof StorageHttpOptions, unknown>>;

describe('The options of uploads that are admitted later', () => {
  const documents = { operations: ['tus'] };
  it.each<[string, Options, string]>([
    [
      'no secret',
      {},
      'storage "documents" has direct or tus, and there is no secret: pass one of 32 characters',
    ],
    ['an empty list of secrets', { secret: [] }, 'there is no secret'],
    ['a short secret', { secret: 'short' }, 'secret is too short: pass 32 characters'],
    ['a short secret among others', { secret: [SECRET, 'short'] }, 'secret is too short'],
    ['a secret that is none', { secret: [SECRET, 5] }, 'secret is a number'],
    ['an owner that is none', { secret: SECRET, owner: 'ann' }, 'owner is a string'],
    [
      'a prefix that is none',
      { secret: SECRET, storages: { documents: { ...documents, pendingPrefix: 'pending' } } },
      'pendingPrefix of storage "documents" is "pending"',
    ],
    [
      'a prefix that climbs',
      { secret: SECRET, storages: { documents: { ...documents, pendingPrefix: '../a/' } } },
      'pendingPrefix of storage "documents"',
    ],
    [
      'an empty prefix',
      { secret: SECRET, storages: { documents: { ...documents, pendingPrefix: '/' } } },
      'pendingPrefix of storage "documents"',
    ],
    [
      'a storage that signs no URLs',
      { secret: SECRET, storages: { documents: { operations: ['direct'] } } },
      'the storage "documents" has direct, which needs signed URLs: its backend (memory) has no Presigning',
    ],
  ])('are refused at the start: %s', async (_, options, message) => {
    const all = { storages: { documents }, authorize: () => true, ...options } as StorageHttpOptions;
    const starting = Promise.resolve().then(() =>
      boot([storages({ documents: new MemoryBackend() }), StorageHttpModule.forRoot(all)]),
    );
    const error = await failure(starting);
    expect([error.reason, error.message]).toEqual(['config', expect.stringContaining(message)]);
    expect(error.message).not.toContain(SECRET);
  });

  it('need no secret where no storage has such uploads', async () => {
    const all = { storages: { documents: { operations: ['get'] as const } }, authorize: () => true };
    await (
      await boot([storages({ documents: new MemoryBackend() }), StorageHttpModule.forRoot(all)])
    ).close();
  });
});
