import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { Presigning } from '../../src/core/presigning.js';
import type { SignedUrl } from '../../src/core/signed-url.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { expectCode } from '../support/errors.js';
import { within } from '../support/within.js';
import { s3Place } from './s3-place.js';

const MIB = 1024 * 1024;

/** A client that knows nothing but the URL. */
async function send({ url, method }: SignedUrl, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  const response = await within(fetch(url, { method, body }), 'an answer', 10_000);
  await response.arrayBuffer();
  return response;
}

const refused = ({ status }: Response): boolean => status >= 400 && status < 500;

describeServers({ only: ['versitygw', 'minio', 'ceph-rgw'] }, (server) => {
  describe('signed parts', () => defineParts(server));
});

/** Inside a describe of its own, so that it ends before the server does. */
function defineParts(server: () => TestServer): void {
  let storage: StorageService;
  let end: () => Promise<void>;
  beforeAll(async () => {
    const { backend, destroy } = await s3Place(server());
    storage = new StorageService('files', backend);
    end = async () => {
      await backend.close?.();
      await destroy?.();
    };
  }, 90_000);
  afterAll(() => end(), 30_000);

  it('take the parts of one upload, in a scope too', async () => {
    const scoped = storage.scoped('users/ann');
    const [uploads, presigning] = [scoped.as(MultipartUploads), scoped.as(Presigning)];
    const key = 'a ü+&.bin';
    const { uploadId, token } = await uploads.begin(key, {
      contentType: 'application/x-test',
      signedParts: true,
    });
    const contents = [new Uint8Array(5 * MIB).fill(1), new Uint8Array(3).fill(2)];
    for (const [index, content] of contents.entries()) {
      const signed = await presigning.signPart(key, uploadId, index + 1, { size: content.length });
      expect(signed).toMatchObject({
        method: 'PUT',
        key,
        headers: { 'content-length': `${content.length}` },
      });
      const answer = await send(signed, content);
      expect([answer.status, answer.headers.get('etag')]).toEqual([200, expect.stringMatching(/^".+"$/)]);
    }
    const { parts } = await uploads.listParts(key, uploadId);
    expect(parts.map(({ number, size }) => [number, size])).toEqual([
      [1, 5 * MIB],
      [2, 3],
    ]);
    await uploads.complete(key, uploadId, parts, { token });
    const { size, contentType } = await storage.head(`users/ann/${key}`);
    expect([size, contentType]).toEqual([5 * MIB + 3, 'application/x-test']);
  }, 30_000);

  it('take no other size, part, upload or method than was signed', async () => {
    const [uploads, presigning] = [storage.as(MultipartUploads), storage.as(Presigning)];
    const key = 'bound.bin';
    const { uploadId } = await uploads.begin(key, { signedParts: true });
    const other = await uploads.begin('other.bin');
    try {
      const signed = await presigning.signPart(key, uploadId, 1, { size: 4 });
      const body = new Uint8Array(4);
      const changed = (from: string, to: string): SignedUrl => ({
        ...signed,
        url: signed.url.replace(from, to),
      });
      expect(refused(await send(signed, new Uint8Array(5)))).toBe(true);
      expect(refused(await send(changed('partNumber=1', 'partNumber=2'), body))).toBe(true);
      expect(
        refused(await send(changed(encodeURIComponent(uploadId), encodeURIComponent(other.uploadId)), body)),
      ).toBe(true);
      expect(refused(await send({ ...signed, method: 'DELETE' }, body))).toBe(true);
      expect((await uploads.listParts(key, uploadId)).parts).toEqual([]);
      expect((await send(signed, body)).status).toBe(200);
    } finally {
      await uploads.abort(key, uploadId);
      await uploads.abort('other.bin', other.uploadId);
    }
  }, 30_000);

  it('take any size where none is signed, and nothing once the upload is aborted', async () => {
    const [uploads, presigning] = [storage.as(MultipartUploads), storage.as(Presigning)];
    const { uploadId } = await uploads.begin('k', { signedParts: true });
    const signed = await presigning.signPart('k', uploadId, 1, { expiresIn: 60 });
    expect(signed.headers).toEqual({});
    expect((await send(signed, new Uint8Array(7))).status).toBe(200);
    await uploads.abort('k', uploadId);
    expect((await send(signed, new Uint8Array(7))).status).toBe(404);
  });
}

describe('on local disk', () => {
  it('there are none', async () => {
    const root = await mkdtemp(join(tmpdir(), 'stowage-parts-'));
    const signing = { secret: 'x'.repeat(32), baseUrl: 'https://files.example.com' };
    const backend = new LocalBackend({ root, signing });
    try {
      const presigning = new StorageService('files', backend).as(Presigning);
      await expectCode(presigning.signPart('k', 'id', 1), 'UNSUPPORTED');
    } finally {
      await backend.close();
      await rm(root, { recursive: true });
    }
  });
});
