import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from '@jest/globals';
import { withLayers } from '../../../src/core/layered-backend.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { DirectoryTransferStore } from '../../../src/transfer/resume/directory-transfer-store.js';
import { openBucket } from '../../servers/open-bucket.js';
import type { TestServer } from '../../servers/s3-servers.js';
import { bytesOf } from '../../support/bodies.js';
import { bucketOf, openTarget, type ChildTarget } from '../../support/child-target.js';
import type { UploadConfig } from './upload-config.js';

/** What a killed upload leaves its traces in. */
export interface KilledUpload {
  readonly config: UploadConfig;
  /** What all processes have done so far: parts that they sent, parts that they know to be stored, uploads completed. */
  parts(): { readonly sent: number; readonly stored: number; readonly completed: number };
  /** Checks that the object is what the file is, and that nothing else is left, after a sweep. */
  verify(): Promise<void>;
}

type Undo = () => Promise<void> | void;

/** Uploads of one file each, to an empty place; all of it is removed after the test. */
export function useKilledUploads(): (
  place: TestServer | 'local',
  options: { readonly size: number; readonly partSize: number; readonly concurrency?: number },
) => Promise<KilledUpload> {
  let undo: Undo[] = [];
  afterEach(async () => {
    for (const step of undo.reverse()) await step();
    undo = [];
  });
  return async (place, { size, partSize, concurrency = 4 }) => {
    const folder = mkdtempSync(join(tmpdir(), 'stowage-killed-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    const source = join(folder, 'source');
    const hash = createHash('sha256');
    const piece = bytesOf(Math.min(size, 4 * 1024 * 1024));
    writeFileSync(source, '');
    for (let at = 0; at < size; at += piece.length) {
      // Each piece is another one, so that parts in the wrong place are noticed.
      piece.writeUInt32BE(at / piece.length);
      const bytes = piece.subarray(0, Math.min(piece.length, size - at));
      hash.update(bytes);
      writeFileSync(source, bytes, { flag: 'a' });
    }
    const sha256 = hash.digest('hex');
    const log = join(folder, 'log');
    writeFileSync(log, '');
    const target = await targetOf(place, folder, undo);
    const records = join(folder, 'records');
    const config = { target, key: 'film.bin', source, records, partSize, concurrency, log };
    return {
      config,
      parts() {
        const lines = readFileSync(log, 'utf8').split('\n');
        const count = (word: string) => lines.filter((line) => line === word).length;
        return { sent: count('sent'), stored: count('stored'), completed: count('completed') };
      },
      verify: () => verify(config, sha256),
    };
  };
}

async function targetOf(place: TestServer | 'local', folder: string, undo: Undo[]): Promise<ChildTarget> {
  if (place === 'local') return { kind: 'local', root: join(folder, 'root') };
  const { bucket, destroy } = await openBucket(place);
  undo.push(destroy);
  return bucketOf(place, bucket);
}

async function verify({ target, key, records }: UploadConfig, sha256: string): Promise<void> {
  const backend = await openTarget(target, { durability: 'rename' });
  try {
    const storage = new StorageService('test', withLayers(backend, 'test'));
    const hash = createHash('sha256');
    for await (const chunk of await storage.stream(key)) hash.update(chunk as Buffer);
    expect(hash.digest('hex')).toBe(sha256);
    const resumable = new DirectoryTransferStore(records);
    const swept = await storage.uploads.sweep({ resumable, olderThanHours: 0 });
    expect(swept.filter(({ outcome }) => outcome !== 'removed')).toEqual([]);
    expect(readdirSync(records)).toEqual([]);
    const uploads = storage.as(MultipartUploads);
    expect((await uploads.list()).uploads).toEqual([]);
    expect((await uploads.list({ prefix: key })).uploads).toEqual([]);
    const keys: string[] = [];
    for await (const object of storage.list()) keys.push(object.key);
    expect(keys).toEqual([key]);
  } finally {
    await backend.close?.();
  }
}
