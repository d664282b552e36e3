import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import { StorageHttpModule, type StorageHttpOptions } from '../../../src/http/index.js';
import { failure } from '../../support/errors.js';
import { TusModule } from '../../../src/tus/index.js';
import { create, patch } from '../../tus/support/tus-request.js';
import { boot, keysOf, storages } from '../harness.js';

const SECRET = 'a secret of the tests, long enough';
type Options = Partial<Record<keyof StorageHttpOptions, unknown>>;

describe('The options of uploads that are admitted later', () => {
  const documents = { operations: ['direct'] };
  it.each<[string, Options, string]>([
    ['no secret', {}, 'storage "documents" has direct, and there is no secret: pass one of 32 characters'],
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

  it('need no secret where no ticket is given out: without direct, with tus alone', async () => {
    const served = { documents: { operations: ['get', 'tus'] as const } };
    const module = StorageHttpModule.forRoot({ storages: served, authorize: () => true });
    const harness = await boot([storages({ documents: new MemoryBackend() }), module, TusModule.forRoot()]);
    const url = await create(`${harness.url}/api/documents/tus`, 3);
    expect((await patch(url, 0, Buffer.from('abc'))).status).toBe(204);
    expect(await keysOf(harness.storage)).toHaveLength(2);
    await harness.close();
  });
});
