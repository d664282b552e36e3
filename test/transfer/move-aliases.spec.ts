import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import type { EtagMode } from '../../src/backends/local/staged-file.js';
import { S3Backend } from '../../src/backends/s3/backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { openBucket } from '../servers/open-bucket.js';
import { describeServers } from '../servers/s3-servers.js';
import { FaultServer } from '../faults/fault-server.js';
import { expectCode, failure } from '../support/errors.js';

interface Aliases {
  /** Two storages that are one place and do not know it. */
  readonly one: StorageService;
  readonly two: StorageService;
  readonly destroy: () => Promise<unknown>;
}

function aliasSuite(name: string, create: () => Promise<Aliases>): void {
  describe(`two names of one place, ${name},`, () => {
    let place: Aliases;
    beforeEach(async () => {
      place = await create();
    });
    afterEach(() => place.destroy());

    it('lose nothing when an object is moved onto itself', async () => {
      const { one, two } = place;
      for (let i = 0; i < 5; i++) {
        await one.put('k', 'content', { metadata: { a: 'b' } });
        for (const options of [{}, { targetIfMatch: '*' }]) {
          const error = await failure(one.moveTo('k', two, 'k', options));
          expect(['CONFLICT', 'PRECONDITION_FAILED', 'UNSUPPORTED']).toContain(error.code);
          expect(await one.text('k')).toBe('content');
          expect((await two.head('k')).metadata).toEqual({ a: 'b' });
        }
      }
      await expectCode(one.moveTo('k', one, 'k'), 'INVALID_ARGUMENT');
      await failure(one.moveTo('k', one, 'k', { targetIfMatch: '*' }));
      expect(await one.text('k')).toBe('content');
    });

    it('lose nothing by a scope, and by a copy', async () => {
      const { one, two } = place;
      await one.put('a/k', 'content');
      await failure(one.scoped('a/').moveTo('k', two, 'a/k'));
      expect(await one.text('a/k')).toBe('content');
      await one.copyTo('a/k', two);
      expect(await one.text('a/k')).toBe('content');
    });

    it('move an object to another key, also where the same content is', async () => {
      const { one, two } = place;
      await one.put('k', 'content');
      await one.moveTo('k', two, 'l');
      expect([await two.exists('k'), await one.text('l')]).toEqual([false, 'content']);
    });
  });
}

function localAliases(etag: EtagMode): () => Promise<Aliases> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-alias-'));
    const root = join(folder, 'root');
    const backends = [new LocalBackend({ root, etag })];
    await backends[0]!.put('x', Buffer.from('x'), {});
    await symlink(root, join(folder, 'link'));
    backends.push(new LocalBackend({ root: join(folder, 'link'), etag }));
    const [one, two] = backends.map((backend, i) => new StorageService(String(i), backend));
    const destroy = async () => {
      for (const backend of backends) await backend.close();
      await rm(folder, { recursive: true, force: true });
    };
    return { one: one!, two: two!, destroy };
  };
}

aliasSuite('local disk by a link', localAliases('unique'));
aliasSuite('local disk by a link, with ETags of the content', localAliases('md5'));

function s3Aliases(options: ConstructorParameters<typeof S3Backend>[0]): Omit<Aliases, 'destroy'> & {
  close: () => Promise<unknown>;
} {
  const other = String(options.endpoint).replace('127.0.0.1', 'localhost');
  expect(other).not.toBe(options.endpoint);
  const backends = [options.endpoint!, other].map((endpoint) => new S3Backend({ ...options, endpoint }));
  const [one, two] = backends.map((backend, i) => new StorageService(String(i), backend));
  return { one: one!, two: two!, close: () => Promise.all(backends.map((backend) => backend.close())) };
}

aliasSuite('a server', async () => {
  const server = await FaultServer.start();
  const { endpoint } = server;
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const { close, ...both } = s3Aliases({
    endpoint,
    bucket: 'b',
    region: 'us-east-1',
    credentials,
    profile: 'aws',
    forcePathStyle: true,
  });
  return { ...both, destroy: async () => (await close(), server.close()) };
});

describeServers({ only: ['minio', 'versitygw'] }, (server, name) => {
  aliasSuite(`a bucket of ${name}`, async () => {
    const { bucket, destroy } = await openBucket(server());
    const { endpoint, region, accessKeyId, secretAccessKey } = server();
    const { close, ...both } = s3Aliases({
      endpoint,
      bucket,
      region,
      credentials: { accessKeyId, secretAccessKey },
      profile: name,
    });
    return { ...both, destroy: async () => (await close(), destroy()) };
  });
});
