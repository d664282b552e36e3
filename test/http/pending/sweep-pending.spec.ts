import { describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import { StorageError } from '../../../src/core/error.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { identify, newOwnerId } from '../../../src/core/process-identity.js';
import { proc } from '../../../src/core/proc.js';
import { PendingArea } from '../../../src/http/pending/pending-area.js';
import { withPendingLock } from '../../../src/http/pending/pending-lock.js';
import { sweepPending } from '../../../src/http/pending/sweep-pending.js';
import type { SweptPending } from '../../../src/http/pending/swept-pending.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { expectCode } from '../../support/errors.js';
import { keysOf } from '../harness.js';
import { until } from '../../support/until.js';

const area = new PendingArea();
const PENDING = [area.keyOf('direct', 'a'), area.newHeldKey('b')];
const KEPT = [area.keyOf('tus', 'd'), 'pending.txt', 'users/ann/pending/direct/a'];

/** Whose process is not there any more: no pid is as large. */
const DEAD = newOwnerId({ ...identify(proc), pid: 2 ** 30 });

async function fill(storage: StorageService): Promise<void> {
  for (const key of [...PENDING, ...KEPT])
    await storage.put(key, JSON.stringify({ owner: DEAD, token: 'x', wanted: false }));
}

const outcomes = (swept: readonly SweptPending[]): string[] => swept.map(({ outcome }) => outcome);

describe('A sweep of what was never confirmed', () => {
  it('removes what is old below the pending prefix, and nothing else', async () => {
    const storage = new StorageService('documents', new MemoryBackend());
    await fill(storage);
    expect(outcomes(await sweepPending(storage, area))).toEqual(['young', 'young']);
    const dry = await sweepPending(storage, area, { olderThanHours: 0, dryRun: true });
    expect(outcomes(dry)).toEqual(['removable', 'removable']);
    expect(await keysOf(storage)).toEqual([...PENDING, ...KEPT].sort());
    expect(await sweepPending(storage, area, { olderThanHours: 0 })).toEqual(
      PENDING.map((key) => ({ storage: 'documents', key, outcome: 'removed' })),
    );
    expect(await keysOf(storage)).toEqual([...KEPT].sort());
  });

  it('keeps the marks of what was confirmed longer than any ticket is valid', async () => {
    const storage = new StorageService('documents', new MemoryBackend());
    const mark = area.lockKeyOf('c');
    const sent = area.keyOf('direct', 'c');
    await withPendingLock(storage, mark, area.owner, (end) => end());
    await storage.put(sent, 'once more');
    expect(await sweepPending(storage, area, { olderThanHours: 0 })).toMatchObject([{ key: sent }]);
    expect([await keysOf(storage), await storage.exists(mark)]).toEqual([[], true]);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3 * 86_400_000);
    try {
      expect(await sweepPending(storage, area)).toEqual([]);
    } finally {
      clock.mockRestore();
    }
    expect(await storage.exists(mark)).toBe(false);
  });

  it('leaves alone what is just being confirmed, by this process or by another one', async () => {
    const storage = new StorageService('documents', new MemoryBackend());
    await fill(storage);
    const other = new PendingArea();
    const ended = { first: () => {}, second: () => {} };
    const first = area.once('a', () => new Promise<void>((resolve) => (ended.first = resolve)));
    const second = withPendingLock(
      storage,
      other.lockKeyOf('b'),
      other.owner,
      () => new Promise<void>((resolve) => (ended.second = resolve)),
    );
    await until(async () => storage.exists(area.lockKeyOf('b')));
    const swept = await sweepPending(storage, area, { olderThanHours: 0 });
    const found = Object.fromEntries(swept.map(({ key, outcome }) => [key, outcome]));
    expect(found).toEqual({
      [area.keyOf('direct', 'a')]: 'busy',
      [PENDING[1] ?? '']: 'busy',
    });
    ended.first();
    ended.second();
    await Promise.all([first, second]);
    expect(outcomes(await sweepPending(storage, area, { olderThanHours: 0 }))).toEqual([
      'removed',
      'removed',
    ]);
  }, 20_000);

  it('ends uploads in parts there, but those that this process is at', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-sweep-'));
    const backend = new LocalBackend({ root: folder, durability: 'rename' });
    const storage = new StorageService('documents', backend);
    const parts = storage.as(MultipartUploads);
    const begun = [];
    for (const key of [area.keyOf('direct', 'a'), area.keyOf('direct', 'b'), 'other'])
      begun.push(await parts.begin(key));
    parts.running.add(begun[1]?.uploadId ?? '');
    const swept = await sweepPending(storage, area, { olderThanHours: 0 });
    expect(swept.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
      { storage: 'documents', key: begun[0]?.key, uploadId: begun[0]?.uploadId, outcome: 'removed' },
      { storage: 'documents', key: begun[1]?.key, uploadId: begun[1]?.uploadId, outcome: 'busy' },
    ]);
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
    const swept = await sweepPending(storage, area, { olderThanHours: 0 });
    expect(swept.map(({ key, outcome, error }) => [key, outcome, error?.code])).toEqual([
      [PENDING[0], 'failed', 'PERMISSION_DENIED'],
      [PENDING[1], 'removed', undefined],
    ]);
  });

  it('tells what it could not list, and goes on', async () => {
    const backend = withLayers(new MemoryBackend(), 'documents', [
      (operation, next) =>
        operation.name === 'list' && operation.key === 'pending/direct/'
          ? Promise.reject(new StorageError('UNAVAILABLE', 'no'))
          : next(operation),
    ]);
    const storage = new StorageService('documents', backend);
    await fill(storage);
    const swept = await sweepPending(storage, area, { olderThanHours: 0 });
    expect(swept.map(({ key, outcome }) => [key, outcome])).toEqual([
      ['pending/direct/', 'failed'],
      [PENDING[1], 'removed'],
    ]);
  });

  it('ends by a signal', async () => {
    const storage = new StorageService('documents', new MemoryBackend());
    await expectCode(sweepPending(storage, area, { signal: AbortSignal.abort() }), 'ABORTED');
  });
});
