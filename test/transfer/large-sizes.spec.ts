import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { s3Place } from '../contract/s3-place.js';
import type { Place } from '../contract/suite.js';
import { describeServers } from '../servers/s3-servers.js';
import { bytesOf, MIB, streamOf } from '../support/bodies.js';
import { useFolder } from './support/folders.js';

/** Beyond what several connections are worth; beyond one request, and all memory that uploads share. */
const SIZES = [65 * MIB, 129 * MIB + 1];
/** A prime, so that no part looks like another one. */
const PATTERN = bytesOf(999_983);
const contentOf = (size: number): Buffer => Buffer.alloc(size, PATTERN);

/** What content of a size that only defaults decide on becomes, on its way there and back. */
function keepsLargeContent(create: (folder: string) => Promise<Place>): void {
  const folder = useFolder();
  let place: Place;

  afterEach(async () => {
    await place.backend.close?.();
    await place.destroy?.();
  }, 60_000);

  it.each(SIZES)(
    'keeps %i bytes, from memory and from a stream',
    async (size) => {
      place = await create(folder.path);
      const storage = new StorageService('files', place.backend);
      const content = contentOf(size);
      const expected = createHash('sha256').update(content).digest('hex');
      const chunks = Array.from({ length: Math.ceil(size / MIB) }, (_, i) =>
        content.subarray(i * MIB, (i + 1) * MIB),
      );
      const bodies = { bytes: () => content, stream: () => streamOf(...chunks) };
      for (const [key, body] of Object.entries(bodies)) {
        expect((await storage.put(key, body())).size).toBe(size);
        const to = folder.at(`${key}-down`);
        expect((await storage.download(key, { to })).bytes).toBe(size);
        const hash = createHash('sha256');
        for await (const chunk of createReadStream(to) as AsyncIterable<Buffer>) hash.update(chunk);
        expect(hash.digest('hex')).toBe(expected);
      }
    },
    60_000,
  );
}

describe('on local disk', () => {
  keepsLargeContent((folder) =>
    Promise.resolve({ backend: new LocalBackend({ root: join(folder, 'root') }) }),
  );
});

describeServers({ only: ['minio'] }, (server) => {
  keepsLargeContent(() => s3Place(server()));
});
