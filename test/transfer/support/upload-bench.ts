import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { StorageBackend } from '../../../src/core/backend.js';
import { StorageError } from '../../../src/core/error.js';
import type { Layer } from '../../../src/core/layer.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import type { PendingUpload } from '../../../src/core/part-store.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { DirectoryTransferStore } from '../../../src/transfer/resume/directory-transfer-store.js';
import {
  decodeUploadRecord,
  encodeUploadRecord,
  type UploadRecord,
} from '../../../src/transfer/resume/upload-record.js';
import { bytesOf } from '../../support/bodies.js';

/** An empty place for one test. */
export interface UploadPlace {
  readonly backend: StorageBackend;
  readonly destroy?: (() => Promise<void>) | undefined;
}

/** What the tests of uploads work with. */
export interface UploadBench {
  readonly storage: StorageService;
  /** The same place, as another application has it. */
  readonly open: (...layers: readonly Layer[]) => StorageService;
  readonly records: DirectoryTransferStore;
  /** How often each call was made, by `open` too. */
  readonly calls: Map<string, number>;
  /** A file of so many bytes, and what is in it. */
  readonly file: (size: number, seed?: number) => { readonly path: string; readonly bytes: Buffer };
  /** The record of the only upload there is, or what `change` makes of it. */
  readonly record: (change?: (record: UploadRecord) => UploadRecord) => Promise<UploadRecord>;
  /** All uploads that the backend has begun. */
  readonly pending: () => Promise<readonly PendingUpload[]>;
}

/** Benches for the tests of one file: everything is removed after each test. */
export function useUploadBench(create: () => Promise<UploadPlace>): () => Promise<UploadBench> {
  let undo: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const step of undo.reverse()) await step();
    undo = [];
  });
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stowage-uploads-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    const { backend, destroy } = await create();
    undo.push(async () => {
      await backend.close?.();
      await destroy?.();
    });
    return benchOf(folder, backend);
  };
}

function benchOf(folder: string, backend: StorageBackend): UploadBench {
  const calls = new Map<string, number>();
  const counting: Layer = (operation, next) => {
    calls.set(operation.name, (calls.get(operation.name) ?? 0) + 1);
    return next(operation);
  };
  const open = (...layers: readonly Layer[]) =>
    new StorageService('test', withLayers(backend, 'test', [...layers, counting]));
  const records = new DirectoryTransferStore(join(folder, 'records'));
  let files = 0;
  return {
    storage: open(),
    open,
    records,
    calls,
    file(size, seed = 1) {
      const path = join(folder, `source-${++files}`);
      const bytes = bytesOf(size, seed);
      rewrite(path, bytes, new Date(1_700_000_000_000));
      return { path, bytes };
    },
    async record(change = (record) => record) {
      const ids = await records.list();
      if (ids.length !== 1) throw new Error(`There are ${ids.length} records`);
      const stored = await records.get(ids[0] ?? '');
      if (!stored) throw new Error('The record has gone');
      const record = decodeUploadRecord(ids[0] ?? '', stored.bytes);
      const changed = change(record);
      if (changed !== record) await records.put(record.id, encodeUploadRecord(changed), stored.version);
      return changed;
    },
    async pending() {
      const page = await open().as(MultipartUploads).list();
      return page.uploads;
    },
  };
}

/** Overwrites a file, and makes it as old as it was. */
export function rewrite(path: string, bytes: Uint8Array, modified: Date): void {
  writeFileSync(path, bytes);
  utimesSync(path, modified, modified);
}

/** Fails the calls of `name` from the one with the number `from` on, as a service that has gone away. */
export function failing(name: string, from = 1, when: 'before' | 'after' = 'before'): Layer {
  let count = 0;
  return async (operation, next) => {
    if (operation.name !== name || ++count < from) return next(operation);
    if (when === 'after') await next(operation);
    throw new StorageError('UNAVAILABLE', 'The service has gone away');
  };
}
