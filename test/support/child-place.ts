import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageService } from '../../src/storage/storage.service.js';
import { openBucket } from '../servers/open-bucket.js';
import type { TestServer } from '../servers/s3-servers.js';
import { bucketOf, openTarget, type ChildTarget } from './child-target.js';

/** An empty place that the processes of one test work at, and the test with them. */
export interface ChildPlace {
  readonly target: ChildTarget;
  /** Of the test itself. */
  readonly storage: StorageService;
  /** Removes it with everything in it. */
  readonly destroy: () => Promise<void>;
}

/** @param server What has a bucket for it. Default: none, it is a folder of the local disk. */
export async function openChildPlace(server?: TestServer): Promise<ChildPlace> {
  const { target, destroy } = server ? await bucket(server) : await folder();
  const backend = await openTarget(target);
  return {
    target,
    storage: new StorageService('documents', backend),
    async destroy() {
      await backend.close?.();
      await destroy();
    },
  };
}

async function bucket(server: TestServer): Promise<Omit<ChildPlace, 'storage'>> {
  const { bucket, destroy } = await openBucket(server);
  return { target: bucketOf(server, bucket), destroy };
}

async function folder(): Promise<Omit<ChildPlace, 'storage'>> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-place-'));
  const target: ChildTarget = { kind: 'local', root: join(folder, 'root') };
  return { target, destroy: () => rm(folder, { recursive: true, force: true }) };
}
