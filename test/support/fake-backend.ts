import { Readable } from 'node:stream';
import type { ErrorClass, StorageBackend } from '../../src/core/backend.js';
import type { ListPage, ObjectInfo } from '../../src/core/object.js';

export const INFO: ObjectInfo = { key: 'k', size: 0, lastModified: new Date(0), etag: 'e' };

/** A backend of which a test says only what it is about; the rest succeeds and does nothing. */
export function fakeBackend(parts: Partial<StorageBackend> = {}): StorageBackend {
  return {
    kind: 'fake',
    put: (key) => Promise.resolve({ ...INFO, key }),
    get: (key) => Promise.resolve({ info: { ...INFO, key }, body: Readable.from([]) }),
    head: (key) => Promise.resolve({ ...INFO, key }),
    delete: () => Promise.resolve(),
    list: () => Promise.resolve<ListPage>({ objects: [], prefixes: [] }),
    copy: (_, to) => Promise.resolve({ ...INFO, key: to }),
    errorCode: (): ErrorClass => ({ code: 'UNKNOWN' }),
    ...parts,
  };
}

/** A promise that settles only when `signal` aborts, with its reason. */
export function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
