import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StorageService } from '../../src/storage/storage.service.js';
import { keysOf } from '../http/harness.js';
import { describeRedis } from '../servers/redis-server.js';
import { describeServers } from '../servers/s3-servers.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { openChildPlace } from '../support/child-place.js';
import { useChildren, type Child } from '../support/children.js';
import { listening } from '../support/mortal-server.js';
import { until } from '../support/until.js';
import { within } from '../support/within.js';
import type { ServingConfig } from './children/serving.js';
import { redisClients, type RedisTestClient } from './support/redis-clients.js';
import { tusClient } from './support/tus-client.js';
import { create, offsetOf, patch, tusRequest } from './support/tus-request.js';

const PART = 8 * MIB;
const start = useChildren('test/tus/children', ['src', 'test/support'], { bundled: true });

/** A request that sends `bytes` and then stands still, as that of a telephone in a tunnel. Undefined: it had no answer. */
function stalled(url: string, bytes: Buffer): Promise<Response | undefined> {
  return fetch(url, {
    method: 'PATCH',
    headers: {
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': '0',
    },
    duplex: 'half',
    body: new ReadableStream({ start: (controller) => controller.enqueue(bytes) }),
  }).catch(() => undefined);
}

describe('Two instances whose locks are in Redis', () => {
  describeRedis((redis) => {
    // It has no conditional writes, so that it can keep no locks.
    describeServers({ only: ['versitygw'] }, (server) => {
      let storage: StorageService;
      let children: Child[] = [];
      let endpoints: string[] = [];
      let client: RedisTestClient;
      let end: () => Promise<void>;

      beforeEach(async () => {
        const place = await openChildPlace(server());
        const { target } = place;
        ({ storage } = place);
        client = (await redisClients['@redis/client']?.(redis())) as RedisTestClient;
        children = [1, 2].map(() =>
          start('serving', {
            scans: false,
            target,
            redis: redis().endpoint,
          } satisfies ServingConfig),
        );
        const urls = await Promise.all(children.map(listening));
        endpoints = urls.map((url) => `${url}/api/documents/tus`);
        end = async () => {
          for (const child of children) {
            child.signal('SIGKILL');
            await child.ended();
          }
          client.close();
          await place.destroy();
        };
      }, 60_000);
      afterEach(() => end());

      const locks = async (): Promise<unknown> => client.send(['KEYS', 'stowage:tus:*']);
      const goesOn = async (url: string, content: Buffer): Promise<void> => {
        const { upload, done } = tusClient('', content, { uploadUrl: url });
        upload.start();
        const { header } = await within(done, 'the upload', 30_000);
        const key = decodeURIComponent(header('Stowage-Key') ?? '');
        expect((await storage.bytes(key)).equals(content)).toBe(true);
        expect((await keysOf(storage)).filter((one) => !one.startsWith('pending/'))).toEqual([key]);
        expect(await locks()).toEqual([]);
      };

      it('go on at once when the other one is killed in the middle of a PATCH', async () => {
        const [one = '', two = ''] = endpoints;
        const content = bytesOf(2 * PART + 77);
        const url = await create(one, content.byteLength);
        const sleeping = stalled(url, content.subarray(0, PART + 1000));
        const elsewhere = url.replace(one, two);
        // Its first part is stored, and it has the lock.
        await until(async () => (await storage.page({ prefix: 'pending/' })).objects.length > 0);
        await until(async () => ((await locks()) as string[]).length === 1);
        children[0]?.signal('SIGKILL');
        await sleeping;
        expect(await locks()).toHaveLength(1);
        await goesOn(elsewhere, content);
      }, 60_000);

      it('take an upload over from a request that stands still at the other one', async () => {
        const [one = '', two = ''] = endpoints;
        const content = bytesOf(2 * PART);
        const url = await create(one, content.byteLength);
        const sleeping = stalled(url, content.subarray(0, 1000));
        await until(async () => ((await locks()) as string[]).length === 1);
        await goesOn(url.replace(one, two), content);
        expect((await sleeping)?.headers.get('upload-offset')).toBe('1000');
      }, 60_000);

      it('finish an upload once, also when both are sent its last bytes', async () => {
        const [one = '', two = ''] = endpoints;
        const content = bytesOf(1000);
        for (let round = 1; round <= 5; round++) {
          const url = await create(one, content.byteLength);
          await patch(url, 0, content.subarray(0, 500));
          const answers = await Promise.all(
            [url, url.replace(one, two)].map((at) => patch(at, 500, content.subarray(500))),
          );
          expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
          expect(await offsetOf(url)).toBe(content.byteLength);
          const keys = (await keysOf(storage)).filter((key) => !key.startsWith('pending/'));
          expect(keys).toHaveLength(round);
        }
        expect(await locks()).toEqual([]);
      }, 60_000);

      it('end what they do, and answer 503, while Redis stands still', async () => {
        const [one = '', two = ''] = endpoints;
        const content = bytesOf(PART + 500);
        const url = await create(one, content.byteLength);
        const sleeping = stalled(url, content.subarray(0, 1000));
        await until(async () => ((await locks()) as string[]).length === 1);
        const pid = redis().processes.find(({ name }) => name === 'redis')?.pid ?? 0;
        process.kill(pid, 'SIGSTOP');
        try {
          const answers = await Promise.all([
            tusRequest('HEAD', url.replace(one, two)),
            within(sleeping, 'the end of the request', 20_000),
          ]);
          expect(answers[0].status).toBe(503);
          expect(answers[1]?.headers.get('upload-offset')).toBe('1000');
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        await goesOn(url.replace(one, two), content);
      }, 60_000);
    });
  });
});
