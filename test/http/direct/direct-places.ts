import { describe } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import type { StorageBackend } from '../../../src/core/backend.js';
import { s3Place } from '../../contract/s3-place.js';
import { describeServers } from '../../servers/s3-servers.js';
import { forEachAdapter } from '../support/adapters.js';

/** A storage that signs URLs. */
export interface DirectPlace {
  readonly name: string;
  /** @param url Where the application is, known later. */
  readonly open: (url: () => string) => Promise<{ backend: StorageBackend; destroy: () => Promise<void> }>;
  readonly hasForms: boolean;
  /** Whether it refuses bytes of another checksum than was signed. */
  readonly checks: boolean;
  /** Whether it refuses another length or type than was signed. */
  readonly enforces: boolean;
}

export const SECRET = 'a secret of the tests, long enough';

const local: DirectPlace = {
  ...{ name: 'local', hasForms: false, checks: true, enforces: true },
  async open(url) {
    const root = await mkdtemp(join(tmpdir(), 'stowage-direct-'));
    const signing = { secret: SECRET, storage: 'documents', baseUrl: url };
    const backend = new LocalBackend({ root, durability: 'rename', signing });
    return {
      backend,
      async destroy() {
        await backend.close();
        await rm(root, { recursive: true, force: true });
      },
    };
  },
};

/** Calls `define` for local disk and each installed server, and for each adapter there. */
export function forEachDirectPlace(define: (place: DirectPlace) => void): void {
  describe('on local disk', () => forEachAdapter(() => define(local)));
  for (const name of ['versitygw', 'minio', 'ceph-rgw'] as const)
    describeServers({ only: [name] }, (server) => {
      const place: DirectPlace = {
        ...{ name, hasForms: true, checks: name !== 'ceph-rgw', enforces: true },
        async open() {
          const { backend, destroy } = await s3Place(server());
          return {
            backend,
            async destroy() {
              await backend.close?.();
              await destroy?.();
            },
          };
        },
      };
      forEachAdapter(() => define(place));
    });
}
