import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageBackend } from '../../../src/core/backend.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import type { Layer } from '../../../src/core/layer.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { PendingUploads, StorageHttpModule } from '../../../src/http/index.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { TusModule, TusSweeper } from '../../../src/tus/index.js';
import { openBucket } from '../../servers/open-bucket.js';
import { describeServers } from '../../servers/s3-servers.js';
import { bucketOf, openTarget, type ChildTarget } from '../../support/child-target.js';
import { sleep, within } from '../../support/within.js';
import { create, patch } from '../../tus/support/tus-request.js';
import { boot, keysOf, storages, type Harness } from '../harness.js';
import { PartsSenders } from '../support/parts-senders.js';

const SECRET = 'a secret of the tests, long enough';
const ROUNDS = 200;
/** A slow machine does less of them, and goes on for longer only until both ends of an upload were seen often enough. */
const MOST_MS = 9_000;
const LAST_MS = 27_000;
const LEAST = 6;
const AT_ONCE = 7;
const SEED = 20_261_127;

/** From 0 up to 1, the same for each run: https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
}

/** Where several processes keep uploads, and how many may: as many as its locks tell from each other. */
interface SharedPlace {
  readonly processes: number;
  /** Milliseconds before the last request of an upload, at most: about as long as a sweep. */
  readonly pauseMs: number;
  readonly open: () => Promise<{ readonly target: ChildTarget; readonly destroy: () => Promise<void> }>;
}

let target: ChildTarget;
let backends: StorageBackend[] = [];
let destroy: (() => Promise<void>) | undefined;
let apps: readonly Harness[] = [];
let plain: StorageService;
/** Contents of what was told of, by key. */
let announced: Map<string, string>;
const random = randomOf(SEED);

/** Some milliseconds, or only a turn of the loop, before and after each operation. */
const delays: Layer = async (operation, next) => {
  const pause = (): Promise<unknown> => (random() < 0.5 ? Promise.resolve() : sleep(random() * 4));
  await pause();
  const done = await next(operation);
  await pause();
  return done;
};

async function openBackend(): Promise<StorageBackend> {
  const backend = await openTarget(target, { durability: 'rename', url: () => 'http://files.test' });
  backends.push(backend);
  return backend;
}

/** One of the processes that serve the same place, as far as locks can tell. */
async function serve(): Promise<Harness> {
  const backend = await openBackend();
  return boot([
    storages({ documents: withLayers(backend, 'documents', [delays]) }),
    StorageHttpModule.forRoot({
      storages: {
        documents: {
          operations: ['direct', 'tus'],
          // With a scanner tus uploads are admitted only when they are there, too.
          scanner: {
            async scan(content) {
              for await (const chunk of content) void chunk;
              return 'clean';
            },
          },
          async onStored({ key }, { storage }) {
            expect(announced.has(key)).toBe(false);
            announced.set(key, await storage.text(key));
          },
        },
      },
      secret: SECRET,
      principal: () => 'ann',
      authorize: () => true,
    }),
    TusModule.forRoot(),
  ]);
}

/** Sends an upload, and gives its last request, which makes the object: whether it was answered with success. */
const kinds: Readonly<
  Record<string, (url: string, content: string, other: string) => Promise<() => Promise<boolean>>>
> = {
  /** Confirmed at both processes, while its client sends it again. */
  async direct(url, content, other) {
    const json = (body: object): RequestInit => ({
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const asked = { name: 'a.txt', contentType: 'text/plain', size: content.length };
    const begun = await fetch(`${url}/api/documents/direct`, json(asked));
    const { ticket } = (await begun.json()) as { readonly ticket: string };
    const sealed = Buffer.from(ticket.split('.')[0] ?? '', 'base64url').toString();
    const pending = `pending/direct/${(JSON.parse(sealed) as { readonly id: string }).id}`;
    await plain.put(pending, content);
    return async () => {
      const confirm = async (at: string): Promise<boolean> =>
        (await fetch(`${at}/api/documents/direct/confirm`, json({ ticket }))).status === 201;
      const again = sleep(random() * 40).then(() => plain.put(pending, content));
      const confirmed = await Promise.all([confirm(url), confirm(other)]);
      await again;
      expect(confirmed).not.toEqual([true, true]);
      return confirmed.includes(true);
    };
  },
  /** Completed twice at one process. */
  async parts(url, content) {
    const { url: to, body } = await new PartsSenders(url, (work) => work()).completion(content);
    return async () => {
      const complete = async (): Promise<boolean> =>
        (await fetch(to, { method: 'POST', body })).status === 200;
      const completed = await Promise.all([complete(), complete()]);
      expect(completed).not.toEqual([true, true]);
      return completed.includes(true);
    };
  },
  async tus(url, content) {
    const upload = await create(`${url}/api/documents/tus`, content.length);
    return async () => (await patch(upload, 0, Buffer.from(content))).status === 204;
  },
};

function promises({ processes, pauseMs, open }: SharedPlace): void {
  beforeEach(async () => {
    ({ target, destroy } = await open());
    plain = new StorageService('documents', await openBackend());
    announced = new Map();
    apps = await Promise.all(Array.from({ length: processes }, serve));
  });

  afterEach(async () => {
    for (const app of apps) await app.close();
    for (const backend of backends) await backend.close?.();
    await destroy?.();
    apps = [];
    backends = [];
    destroy = undefined;
  });

  it('loses no upload that is answered, and leaves none of the others, however sweeps fall into them', async () => {
    const names = Object.keys(kinds);
    const counts = { done: 0, refused: 0 };
    const succeeded = new Set<string>();
    const round = async (at: number): Promise<void> => {
      const content = `content of ${at}`;
      const [url, other] = [apps[at % apps.length]?.url ?? '', apps[(at + 1) % apps.length]?.url ?? ''];
      const finish = await kinds[names[at % names.length] ?? '']?.(url, content, other).catch(
        () => undefined,
      );
      // It was swept before it was all there.
      if (!finish) return;
      await sleep(random() * pauseMs);
      const isDone = await within(finish(), `the end of ${content}`, 30_000);
      counts[isDone ? 'done' : 'refused']++;
      if (isDone) succeeded.add(content);
    };
    let isOver = false;
    const sweeping = apps.map(async ({ app }) => {
      while (!isOver) {
        await sleep(random() * 30);
        const type = random() < 0.5 ? PendingUploads : TusSweeper;
        const swept = await app.get<PendingUploads>(type, { strict: false }).sweep({ olderThanHours: 0 });
        expect(swept.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      }
    });
    let next = 0;
    const began = performance.now();
    const goesOn = (): boolean => {
      const ms = performance.now() - began;
      return (
        next < ROUNDS && (ms < MOST_MS || (ms < LAST_MS && Math.min(counts.done, counts.refused) < LEAST))
      );
    };
    const working = Array.from({ length: AT_ONCE }, async () => {
      while (goesOn()) await round(next++);
    });
    await Promise.all(working).finally(() => (isOver = true));
    await Promise.all(sweeping);
    expect([...announced.values()].sort()).toEqual([...succeeded].sort());
    const admitted = (await keysOf(plain)).filter((key) => !key.startsWith('pending/'));
    expect(admitted.sort()).toEqual([...announced.keys()].sort());
    for (const key of admitted) expect(await plain.text(key)).toBe(announced.get(key));
    for (const type of [PendingUploads, TusSweeper])
      await apps[0]?.app.get<PendingUploads>(type, { strict: false }).sweep({ olderThanHours: 0 });
    expect((await keysOf(plain)).sort()).toEqual(admitted);
    expect((await plain.as(MultipartUploads).list()).uploads).toEqual([]);
    for (const name of ['done', 'refused'] as const) expect(counts[name]).toBeGreaterThanOrEqual(LEAST);
  }, 90_000);
}

describe('on local disk', () => {
  promises({
    processes: 2,
    pauseMs: 5,
    async open() {
      const folder = await mkdtemp(join(tmpdir(), 'stowage-interleaved-'));
      const destroy = (): Promise<void> => rm(folder, { recursive: true, force: true });
      return { target: { kind: 'local', root: folder }, destroy };
    },
  });
});

describeServers({ only: ['versitygw', 'minio'] }, (server, name) => {
  promises({
    // VersityGW looks and then writes, so that locks in it hold nobody else.
    processes: name === 'versitygw' ? 1 : 2,
    pauseMs: 150,
    async open() {
      const { bucket, destroy } = await openBucket(server());
      return { target: bucketOf(server(), bucket), destroy };
    },
  });
});
