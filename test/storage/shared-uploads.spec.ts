import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { FileBody } from '../../src/core/file-body.js';
import type { Layer } from '../../src/core/layer.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { StorageRegistry } from '../../src/storage/storage-registry.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken } from '../../src/storage/storage.tokens.js';
import { DirectoryTransferStore } from '../../src/transfer/resume/directory-transfer-store.js';
import { bytesOf } from '../support/bodies.js';
import { within } from '../support/within.js';
import { boot } from './boot.js';

const PART = 1_000;
const BUDGET = 50_000;

/** Holds the parts of `count` uploads until all of them have come. */
function meeting(count: number): {
  readonly layer: Layer;
  readonly met: Promise<void>;
  readonly go: () => void;
} {
  let come = (): void => undefined;
  let go = (): void => undefined;
  let here = 0;
  const met = new Promise<void>((resolve) => (come = resolve));
  const held = new Promise<void>((resolve) => (go = resolve));
  const layer: Layer = async (operation, next) => {
    if (operation.name !== 'MultipartUploads.putPart') return next(operation);
    if (++here === count) come();
    await held;
    return next(operation);
  };
  return { layer, met, go: () => go() };
}

describe('storage.uploads', () => {
  it('has the memory of its application, also in other storages and in scopes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stowage-shared-uploads-'));
    const { layer, met, go } = meeting(3);
    const module = (name: string) =>
      StorageModule.forRoot({
        name,
        backend: new MemoryBackend(),
        layers: [layer],
        maxTransferMemory: BUDGET,
      });
    const app = await boot([module('a'), module('b')]);
    try {
      const [a, b] = ['a', 'b'].map((name) => app.get<StorageService>(getStorageToken(name)));
      const path = join(folder, 'source');
      const bytes = bytesOf(PART);
      writeFileSync(path, bytes);
      const options = { resumable: new DirectoryTransferStore(join(folder, 'records')), partSize: PART };
      const places = [a!, b!, a!.scoped('scope')];
      const uploads = await Promise.all(
        places.map(({ uploads }) => uploads.start('k', new FileBody(path), options)),
      );
      await within(met, 'the parts of all uploads', 20_000);
      const { transferMemory } = app.get(StorageRegistry).resources;
      expect([transferMemory.budget, transferMemory.held]).toEqual([BUDGET, 3 * PART]);
      go();
      for (const { done } of uploads) expect((await done).size).toBe(PART);
      expect(transferMemory.held).toBe(0);
      expect((await places[2]!.bytes('k')).equals(bytes)).toBe(true);
    } finally {
      go();
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
