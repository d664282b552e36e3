import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import type { TransferProgress } from '../../../src/core/progress.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { failing, MIB } from '../../support/bodies.js';
import { failure } from '../../support/errors.js';
import { sleep } from '../../support/within.js';

describe('the progress of a put to local disk', () => {
  let root: string;
  let backend: LocalBackend;
  let storage: StorageService;
  const told: TransferProgress[] = [];
  const onProgress = (one: TransferProgress): void => void told.push(one);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-progress-'));
    backend = new LocalBackend({ root, durability: 'rename' });
    storage = new StorageService('test', backend);
    told.length = 0;
  });
  afterEach(async () => {
    await backend.close();
    await rm(root, { recursive: true, force: true });
  });

  it('is told as bytes are written', async () => {
    const size = 6 * MIB;
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 6; i++) {
        yield Buffer.alloc(MIB, i);
        await sleep(120);
      }
    }
    await storage.put('k', slow(), { size, onProgress });
    const between = told.filter(({ bytes, ended }) => !ended && bytes > 0 && bytes < size);
    expect(between.length).toBeGreaterThanOrEqual(3);
    expect(between.map(({ bytes }) => bytes)).toEqual(
      [...between.map(({ bytes }) => bytes)].sort((a, b) => a - b),
    );
    expect(told.every(({ total }) => total === size)).toBe(true);
    expect(told.filter(({ ended }) => ended)).toEqual([told.at(-1)]);
    expect(told.at(-1)).toMatchObject({ bytes: size, ended: true });
  });

  it('ends once, also when the put fails', async () => {
    await failure(storage.put('k', failing(new Error('broken'), Buffer.alloc(2 * MIB)), { onProgress }));
    expect(told.filter(({ ended }) => ended)).toEqual([told.at(-1)]);
  });
});
