import { describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import { StorageError } from '../../../src/core/error.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { PendingArea } from '../../../src/http/pending/pending-area.js';
import { sweepPending } from '../../../src/http/pending/sweep-pending.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { expectCode } from '../../support/errors.js';
import { keysOf } from '../harness.js';

const area = new PendingArea();
const PENDING = [area.keyOf('direct', 'a'), area.newHeldKey('b')];
const KEPT = [area.keyOf('tus', 'd'), 'pending.txt', 'users/ann/pending/direct/a'];

async function fill(storage: StorageService): Promise<void> {
  for (const key of [...PENDING, ...KEPT]) await storage.put(key, 'x');
}

describe('A sweep of what was never confirmed', () => {
  it('removes what is old below the pending prefix, and nothing else', async () => {
    const storage = new StorageService('documents', new MemoryBackend());
    await fill(storage);
    expect(await sweepPending(storage, area)).toEqual({ storage: 'documents', removed: 0, errors: [] });
    expect(await sweepPending(storage, area, { olderThanMs: 0 })).toMatchObject({ removed: 2, errors: [] });
    expect(await keysOf(storage)).toEqual([...KEPT].sort());
  });

  it('keeps the marks of what was confirmed longer than any ticket is valid', async () => {
    const storage = new StorageService('documents', new MemoryBackend());
    const mark = area.lockKeyOf('c');
    await storage.put(mark, 'x');
    await sweepPending(storage, area, { olderThanMs: 0 });
    expect(await storage.exists(mark)).toBe(true);
    const later = Date.now() + 3 * 86_400_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(later);
    try {
      expect(await sweepPending(storage, area)).toMatchObject({ removed: 0, errors: [] });
    } finally {
      clock.mockRestore();
    }
    expect(await storage.exists(mark)).toBe(false);
  });

  it('ends uploads in parts there, but those that this process is at', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-sweep-'));
    const backend = new LocalBackend({ root: folder, durability: 'rename' });
    const storage = new StorageService('documents', backend);
    const parts = storage.as(MultipartUploads);
    const begun = [];
    for (const key of [area.keyOf('direct', 'a'), area.keyOf('direct', 'b'), 'other'])
      begun.push(await parts.begin(key));
    parts.running.add(begun[1]?.uploadId ?? '');
    expect(await sweepPending(storage, area, { olderThanMs: 0 })).toMatchObject({ removed: 1, errors: [] });
    const left = (await parts.list()).uploads.map(({ key }) => key);
    expect(left.sort()).toEqual(['other', area.keyOf('direct', 'b')]);
    await backend.close();
    await rm(folder, { recursive: true });
  });

  it('tells what it could not remove, and goes on', async () => {
    const backend = withLayers(new MemoryBackend(), 'documents', [
      (operation, next) =>
        operation.name === 'delete' && operation.key === PENDING[0]
          ? Promise.reject(new StorageError('PERMISSION_DENIED', 'no'))
          : next(operation),
    ]);
    const storage = new StorageService('documents', backend);
    await fill(storage);
    const swept = await sweepPending(storage, area, { olderThanMs: 0 });
    expect([swept.removed, swept.errors.map(({ code }) => code)]).toEqual([1, ['PERMISSION_DENIED']]);
  });

  it('takes an age, and a signal', async () => {
    const storage = new StorageService('documents', new MemoryBackend());
    for (const options of [{ olderThanMs: -1 }, { olderThanMs: NaN }, { olderThan: 5 } as object])
      await expectCode(sweepPending(storage, area, options), 'INVALID_ARGUMENT');
    await expectCode(sweepPending(storage, area, { signal: AbortSignal.abort() }), 'ABORTED');
  });
});
