import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageError } from '../../src/core/error.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import type { DeleteOptions } from '../../src/core/options.js';
import { LeaseFile } from '../../src/http/pending/lock/lease-file.js';
import { Lease } from '../../src/http/pending/lock/lease.js';
import { keysOf, type Harness } from '../http/harness.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { serveTus, type ServeTusOptions } from './support/serve-tus.js';
import { create, metadataOf, offsetOf, patch, tusRequest } from './support/tus-request.js';

const PART = 8 * MIB;

let harness: Harness | undefined;
let endpoint = '';
const serve = async (options: ServeTusOptions): Promise<Harness> => {
  harness = await serveTus(options);
  endpoint = `${harness.url}/api/documents/tus`;
  return harness;
};
afterEach(() => harness?.close());

/** As VersityGW: a delete has no condition. */
class Unconditional extends MemoryBackend {
  override delete(key: string, options: DeleteOptions): Promise<void> {
    if (options.ifMatch !== undefined)
      return Promise.reject(new StorageError('UNSUPPORTED', 'No condition', { reason: 'deleteIfMatch' }));
    return super.delete(key, options);
  }
}

describe('A resumable upload', () => {
  it('that onStored refuses leaves nothing where a delete has no condition', async () => {
    const onStored = (): void => {
      throw new Error('no row');
    };
    const { storage } = await serve({ backend: new Unconditional(), rules: { onStored } });
    const url = await create(endpoint, 3);
    expect((await patch(url, 0, Buffer.from('abc'))).status).toBe(500);
    expect(await keysOf(storage)).toEqual([]);
  });

  it('stays when it is read damaged once, to be looked at again', async () => {
    let left = 1;
    const damaged: Layer = (operation, next) =>
      operation.name === 'get' && operation.key.endsWith('/object') && left-- > 0
        ? Promise.reject(new StorageError('INTEGRITY', 'Another checksum'))
        : next(operation);
    const scanner = {
      async scan(content: AsyncIterable<unknown>) {
        for await (const chunk of content) void chunk;
        return 'clean' as const;
      },
    };
    const { storage } = await serve({
      backend: withLayers(new MemoryBackend(), 'documents', [damaged]),
      rules: { scanner },
    });
    const url = await create(endpoint, PART + 5);
    expect((await patch(url, 0, bytesOf(PART + 5))).status).toBe(500);
    const found = await tusRequest('HEAD', url);
    expect([found.status, found.headers['upload-offset']]).toEqual([200, String(PART + 5)]);
    const key = decodeURIComponent(found.headers['stowage-key'] ?? '');
    expect((await storage.bytes(key)).equals(bytesOf(PART + 5))).toBe(true);
  });

  it('is 501 and gone at its first byte under a key of the application, where no copy keeps from replacing', async () => {
    const replacing: Layer = (operation, next) =>
      operation.name === 'copy'
        ? Promise.reject(new StorageError('UNSUPPORTED', 'No condition', { reason: 'copyIfAbsent' }))
        : next(operation);
    const { storage } = await serve({
      backend: withLayers(new MemoryBackend(), 'documents', [replacing]),
      rules: { key: ({ name }) => name },
    });
    const url = await create(endpoint, 2 * PART, { 'Upload-Metadata': metadataOf({ filename: 'a.txt' }) });
    const answer = await patch(url, 0, bytesOf(PART));
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([501, { code: 'UNSUPPORTED' }]);
    expect((await tusRequest('HEAD', url)).status).toBe(404);
    expect(await keysOf(storage)).toEqual([]);
  });

  it('is not what another object claims by its metadata, when it was never admitted', async () => {
    let isBroken = true;
    const broken: Layer = (operation, next) =>
      operation.name === 'copy' && isBroken && /object/.test(operation.keys[0] ?? '')
        ? Promise.reject(new StorageError('UNAVAILABLE', 'A fault of the test'))
        : next(operation);
    const { storage } = await serve({
      backend: withLayers(new MemoryBackend(), 'documents', [broken]),
      rules: { key: ({ name }) => name },
    });
    const url = await create(endpoint, PART + 5, { 'Upload-Metadata': metadataOf({ filename: 'a.txt' }) });
    expect((await patch(url, 0, bytesOf(PART + 5))).status).toBe(503);
    isBroken = false;
    const id = url.slice(-32);
    // As a rule of the bucket that expires what is pending does it.
    const { etag } = await storage.head(`pending/tus/${id}/object`);
    await storage.delete(`pending/tus/${id}/object`);
    await storage.put('a.txt', bytesOf(PART + 5, 7), { metadata: { 'upload-id': id, 'upload-etag': etag } });
    const found = await tusRequest('HEAD', url);
    expect([found.status, found.headers['stowage-key']]).toEqual([404, undefined]);
  });

  it('is locked, and not begun anew, while another process admits it', async () => {
    const never = new AbortController().signal;
    const { storage } = await serve({ rules: { key: ({ name }) => name } });
    const metadata = { 'Upload-Metadata': metadataOf({ filename: 'a.txt' }) };
    const url = await create(endpoint, PART + 5, metadata);
    const file = new LeaseFile(storage, `pending/locks/${url.slice(-32)}`);
    const other = await Lease.take(file, 'elsewhere', { leaseMs: 400 }, never, () => undefined);
    expect((await patch(url, 0, bytesOf(PART + 5))).status).toBe(423);
    expect((await tusRequest('HEAD', url)).status).toBe(423);
    await other.release();
    expect(await offsetOf(url)).toBe(PART + 5);
    expect((await storage.bytes('a.txt')).equals(bytesOf(PART + 5))).toBe(true);
  });

  it.each(['PATCH', 'HEAD', 'DELETE'])('is locked for a %s in the place of POST, too', async (method) => {
    const locked: string[] = [];
    const locker = {
      newLock: (id: string) => ({
        lock: (): Promise<void> => (locked.push(id), Promise.resolve()),
        unlock: () => Promise.resolve(),
      }),
    };
    await serve({ backend: new MemoryBackend(), tus: { locker } });
    const url = await create(endpoint, 3);
    const headers = {
      'X-HTTP-Method-Override': method,
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': '0',
    };
    const body = Buffer.from('abc');
    const { status } = await tusRequest('POST', url, { headers, ...(method === 'PATCH' && { body }) });
    expect([200, 204]).toContain(status);
    expect(locked).toEqual([url.slice(-32)]);
  });
});
