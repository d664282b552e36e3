import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { openBucket } from '../../../servers/open-bucket.js';
import type { TestServer } from '../../../servers/s3-servers.js';
import { sdkClient } from '../../../servers/sdk-client.js';
import { PLACES, type HostilePlace, type PlaceName } from '../children/config.js';

/** Somewhere to keep objects, and what is known of it from behind. */
export interface OpenedPlace {
  readonly place: HostilePlace;
  /** Uploads and temporary files that are there. */
  readonly unfinished: () => Promise<readonly string[]>;
  readonly destroy: () => Promise<void>;
}

export async function openLocal(): Promise<OpenedPlace> {
  const root = await mkdtemp(join(tmpdir(), 'stowage-hostile-'));
  const inside = async (name: string): Promise<string[]> => {
    const folder = join(root, name, '.stowage');
    const found = await Promise.all(
      ['tmp', 'uploads'].map((one) =>
        readdir(join(folder, one), { recursive: true, withFileTypes: true }).catch(() => []),
      ),
    );
    // Of a process that is there or was: its folder, and the mark that it is over.
    const files = found.flat().filter((one) => one.isFile() && one.name !== 'released');
    return files.map((one) => `${name}: ${one.name}`);
  };
  return {
    place: { kind: 'local', root },
    unfinished: async () => (await Promise.all(PLACES.map(inside))).flat(),
    destroy: () => rm(root, { recursive: true, force: true }),
  };
}

export async function openS3(server: TestServer): Promise<OpenedPlace> {
  const opened = await Promise.all(PLACES.map(async (name) => [name, await openBucket(server)] as const));
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const buckets = Object.fromEntries(opened.map(([name, { bucket }]) => [name, bucket])) as Record<
    PlaceName,
    string
  >;
  const inside = async (name: PlaceName): Promise<string[]> => {
    const { Uploads = [] } = await sdkClient(server).send(
      new ListMultipartUploadsCommand({ Bucket: buckets[name] }),
    );
    return Uploads.map(({ Key = '' }) => `${name}: ${Key}`);
  };
  return {
    place: { kind: 's3', endpoint, region, accessKeyId, secretAccessKey, buckets },
    unfinished: async () => (await Promise.all(PLACES.map(inside))).flat(),
    async destroy() {
      for (const [, { destroy }] of opened) await destroy();
    },
  };
}
