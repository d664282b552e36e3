import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { keysOf } from '../http/harness.js';
import { describeServers } from '../servers/s3-servers.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { openChildPlace, type ChildPlace } from '../support/child-place.js';
import { useChildren } from '../support/children.js';
import type { Death } from '../support/dying.js';
import { MortalServer } from '../support/mortal-server.js';
import { sleep } from '../support/within.js';
import type { ServingConfig } from './children/serving.js';
import { tusClient } from './support/tus-client.js';
import { create, patch, tusRequest } from './support/tus-request.js';

const PART = 8 * MIB;
const start = useChildren('test/tus/children', ['src', 'test/support'], { bundled: true });

/** What a request came to; the server may have died of it. */
async function tried<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch(() => undefined);
}

/** One upload, and what is asked of its server. */
type KillCase = readonly [when: Death['when'], scans: boolean, ownKeys: boolean];

const CASES: readonly KillCase[] = [
  ['before', false, false],
  ['after', false, false],
  ['after', true, false],
];
/** Needs copies that do not replace. */
const OWN_KEYS: readonly KillCase[] = [
  ['before', false, true],
  ['after', false, true],
];

function killed(open: () => Promise<ChildPlace>, cases: readonly KillCase[]): void {
  let place: ChildPlace;
  let server: MortalServer;
  beforeEach(async () => {
    place = await open();
    server = await MortalServer.create();
  });
  afterEach(async () => {
    await server.close();
    await place.destroy();
  });
  const serve = (config: Omit<ServingConfig, 'target'>): Promise<void> =>
    server.run(start('serving', { ...config, target: place.target } satisfies ServingConfig));

  it.each(cases)(
    'loses nothing and doubles nothing when it dies %s each of its changes (scanner: %s, own keys: %s)',
    async (when, scans, ownKeys) => {
      const { storage } = place;
      const content = bytesOf(2 * PART + 1000);
      await serve({ scans, ownKeys });
      const url = await create(`${server.url}/api/documents/tus`, content.byteLength);
      await server.kill();
      let acknowledged = 0;
      let key: string | undefined;
      // Between deaths a few bytes get through, so that there are segments beside the parts.
      const cuts = [5, PART - 3, PART + 10, 2 * PART + 1, content.byteLength];
      for (let at = 1; key === undefined; at++) {
        expect(at).toBeLessThan(40);
        await serve({ scans, ownKeys, death: { at, when } });
        for (;;) {
          const head = await tried(tusRequest('HEAD', url));
          if (!head || head.status !== 200) break;
          const offset = Number(head.headers['upload-offset']);
          expect(offset).toBeGreaterThanOrEqual(acknowledged);
          acknowledged = offset;
          if (offset === content.byteLength) {
            key = decodeURIComponent(head.headers['stowage-key'] ?? '');
            break;
          }
          const to = cuts.find((cut) => cut > offset) ?? content.byteLength;
          const answer = await tried(patch(url, offset, content.subarray(offset, to)));
          if (answer?.status !== 204) break;
          acknowledged = Number(answer.headers['upload-offset']);
          expect(acknowledged).toBe(to);
        }
        await server.kill();
      }
      expect((await storage.bytes(key)).equals(content)).toBe(true);
      const keys = await keysOf(storage);
      expect(keys.filter((one) => !one.startsWith('pending/'))).toEqual([key]);
      expect((await storage.as(MultipartUploads).list()).uploads).toEqual([]);
    },
    120_000,
  );

  it('serves a client that goes on through kills at random', async () => {
    const { storage } = place;
    const content = bytesOf(5 * PART + 321);
    await serve({ scans: false });
    const { upload, done } = tusClient(`${server.url}/api/documents/tus`, content, {
      chunkSize: 3 * MIB,
      retryDelays: Array.from({ length: 240 }, () => 250),
    });
    upload.start();
    let isDone = false;
    void done.then(() => (isDone = true));
    for (let kills = 0; kills < 4 && !isDone; kills++) {
      await sleep(40 + Math.random() * 150);
      await server.kill();
      await serve({ scans: false });
    }
    const result = await done;
    const key = decodeURIComponent(result.header('Stowage-Key') ?? '');
    expect((await storage.bytes(key)).equals(content)).toBe(true);
    expect((await keysOf(storage)).filter((one) => !one.startsWith('pending/'))).toEqual([key]);
  }, 90_000);
}

describe('A server that is killed', () => {
  describe('on local disk', () => killed(openChildPlace, [...CASES, ...OWN_KEYS]));

  describeServers({ only: ['versitygw', 'minio'] }, (server, name) => {
    killed(() => openChildPlace(server()), name === 'minio' ? [...CASES, ...OWN_KEYS] : CASES);
  });
});
