import { describe } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../../src/core/backend.js';
import { s3Place } from '../../contract/s3-place.js';
import { describeServers } from '../../servers/s3-servers.js';
import { forEachAdapter, type AdapterName } from './adapters.js';

/** A backend on an empty place, and the end of both. */
export interface OpenPlace {
  readonly backend: StorageBackend;
  readonly destroy: () => Promise<void>;
}

/** Where the objects of an application are kept, and what differs there. */
export interface HttpPlace {
  readonly name: 'memory' | 'local' | 'versitygw' | 'minio' | 'ceph-rgw';
  /** Opens another empty place: in hooks and tests. */
  readonly open: () => Promise<OpenPlace>;
  /** Whether it can store an object only where there is none. Else an upload under a key that may be taken is refused with 501. */
  readonly storesIfAbsent: boolean;
  /** Whether it can delete an object only if nobody has changed it meanwhile. Else such a delete is refused with 501. */
  readonly deletesConditionally: boolean;
  /** What an object's time is rounded to, in milliseconds. */
  readonly clockMs: number;
}

const unlimited = { storesIfAbsent: true, deletesConditionally: true, clockMs: 1 };

const memory: HttpPlace = {
  ...unlimited,
  name: 'memory',
  open: () => Promise.resolve({ backend: new MemoryBackend(), destroy: () => Promise.resolve() }),
};

const local: HttpPlace = {
  ...unlimited,
  name: 'local',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-http-'));
    const backend = new LocalBackend({ root: join(folder, 'root'), durability: 'rename' });
    return {
      backend,
      async destroy() {
        await backend.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

/**
 * Calls `define` in a describe for memory, local disk, VersityGW and MinIO, or `only` some, and for each adapter there. The servers run
 * while the tests of their describe do; one that is not installed is a skipped test that says how to install it.
 */
export function forEachPlace(
  define: (place: HttpPlace, adapter: AdapterName) => void,
  adapters?: readonly AdapterName[],
  only: readonly HttpPlace['name'][] = ['memory', 'local', 'versitygw', 'minio'],
): void {
  const defineOn = (place: HttpPlace): void => forEachAdapter((adapter) => define(place, adapter), adapters);
  if (only.includes('memory')) describe('in memory', () => defineOn(memory));
  if (only.includes('local')) describe('on local disk', () => defineOn(local));
  forEachServer(defineOn, only);
}

function forEachServer(define: (place: HttpPlace) => void, only: readonly HttpPlace['name'][]): void {
  for (const name of ['versitygw', 'minio', 'ceph-rgw'] as const) {
    if (!only.includes(name)) continue;
    describeServers({ only: [name] }, (server) => {
      define({
        name,
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
        // VersityGW looks and then writes, so that two writers can win.
        storesIfAbsent: name !== 'versitygw',
        // VersityGW looks and then deletes, MinIO does not look.
        deletesConditionally: false,
        // Last-Modified has whole seconds: RFC 9110, 5.6.7.
        clockMs: 1000,
      });
    });
  }
}

/** As `forEachPlace`, for what is of Express alone, as MulterModule. */
export function forEachPlaceOnExpress(define: (place: HttpPlace, adapter: AdapterName) => void): void {
  forEachPlace(define, ['express']);
}
