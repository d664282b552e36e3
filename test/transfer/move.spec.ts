import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { LocalBackend } from '../../src/backends/local/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { concurrency } from '../../src/layers/concurrency.js';
import { readOnly } from '../../src/layers/read-only.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { expectCode } from '../support/errors.js';
import { fakeBackend, INFO } from '../support/fake-backend.js';
import { within } from '../support/within.js';

const serviceOf = (backend: StorageBackend): StorageService => new StorageService('test', backend);

describe('a move', () => {
  it.each([
    ['another size', { size: 2 }],
    ['another checksum', { checksum: { algorithm: 'crc32', value: 'AAAAAA==' } }],
  ])('keeps the source when the copy has %s', async (_, wrong) => {
    const deleted: string[] = [];
    const known = { ...INFO, checksum: { algorithm: 'crc32', value: 'AAAAAQ==' } };
    const storage = serviceOf(
      fakeBackend({
        head: (key) => Promise.resolve({ ...known, key }),
        copy: (__, key) => Promise.resolve({ ...known, key, ...wrong }),
        delete: (key) => Promise.resolve(void deleted.push(key)),
      }),
    );
    expect((await expectCode(storage.move('a', 'b'), 'INTEGRITY')).reason).toBe('copy');
    expect((await expectCode(storage.moveTo('a', storage, 'b'), 'INTEGRITY')).reason).toBe('copy');
    expect(deleted).toEqual([]);
  });

  it('does not compare checksums of parts, or of two kinds', async () => {
    const checksums = ['AAAAAQ==-2', 'AAAAAA==-3'];
    const storage = serviceOf(
      fakeBackend({
        head: (key) =>
          Promise.resolve({ ...INFO, key, checksum: { algorithm: 'crc32', value: checksums[0]! } }),
        copy: (_, key) =>
          Promise.resolve({
            ...INFO,
            key,
            etag: 'f',
            checksum: { algorithm: 'crc32', value: checksums[1]! },
          }),
      }),
    );
    const { verified } = await storage.copyTo('a', storage, 'b');
    expect(verified).toEqual({ source: 'size', target: 'size' });
  });
});

describe('a copy to another storage', () => {
  it('waits for no place that it holds itself', async () => {
    const backend = new MemoryBackend();
    const narrow = concurrency(1);
    const [one, two] = ['a', 'b'].map(
      (name) => new StorageService(name, withLayers(backend, name, [narrow])),
    );
    await one!.put('k', 'x');
    await within(one!.copyTo('k', two!, 'l'), 'the copy');
    await within(one!.moveTo('k', two!, 'm'), 'the move');
    const other = new StorageService('c', withLayers(new MemoryBackend(), 'c', [narrow]));
    await within(one!.moveTo('m', other), 'the move elsewhere');
    expect(await other.text('m')).toBe('x');
  });

  it('asks the layers of both', async () => {
    const backend = new MemoryBackend();
    const open = new StorageService('open', backend);
    const closed = new StorageService('closed', withLayers(backend, 'closed', [readOnly()]));
    await open.put('k', 'x');
    await expectCode(open.copyTo('k', closed, 'l'), 'PERMISSION_DENIED');
    await closed.copyTo('k', open, 'l');
    await expectCode(closed.moveTo('k', open, 'm'), 'PERMISSION_DENIED');
    expect(await open.text('k')).toBe('x');
  });

  it('takes nothing else for a storage', async () => {
    const storage = serviceOf(new MemoryBackend());
    await storage.put('k', 'x');
    for (const target of [undefined, null, {}, new MemoryBackend()]) {
      await expectCode(storage.copyTo('k', target as never), 'INVALID_ARGUMENT');
      await expectCode(storage.moveTo('k', target as never), 'INVALID_ARGUMENT');
    }
    expect(await storage.exists('k')).toBe(true);
  });

  it('knows one root by its path', () => {
    const [a, b, c] = ['./x', './y/../x', './y'].map((root) => new LocalBackend({ root }));
    expect([a!.isSamePlace(b!), a!.isSamePlace(c!), a!.isSamePlace(new MemoryBackend())]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
