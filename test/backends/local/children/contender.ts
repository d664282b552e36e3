import { StorageError } from '../../../../src/core/error.js';
import type { LayeredBackend } from '../../../../src/core/layered-backend.js';
import { child, hear, open, say, text } from './child.js';

interface Config {
  readonly root: string;
  readonly id: number;
  readonly contest: keyof typeof contests;
  readonly writers: number;
  readonly rounds: number;
}

const KEY = 'contested/key';
const LOST = ['ALREADY_EXISTS', 'PRECONDITION_FAILED', 'NOT_FOUND'] as const;

/** What `work` gives, or undefined when another was first. */
async function unlessLost<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (StorageError.is(error, ...LOST)) return undefined;
    throw error;
  }
}

async function read(storage: LayeredBackend): Promise<{ etag: string; text: string } | undefined> {
  return unlessLost(
    storage.get(KEY).then(async ({ info, body }) => ({ etag: info.etag, text: String(await text(body)) })),
  );
}

const all = <T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i)));

/** One version of the ledger: which one it has replaced, when that was a condition. */
export interface Entry {
  readonly etag?: string | undefined;
  readonly replaced?: string | undefined;
  readonly created?: boolean | undefined;
}

const contests = {
  /** All at once, with ifAbsent. */
  async first(storage: LayeredBackend, { id, writers }: Config) {
    const put = (i: number) => unlessLost(storage.put(KEY, Buffer.from(`${id}/${i}`), { ifAbsent: true }));
    return (await all(writers, put)).filter((info) => info !== undefined).length;
  },

  /** All at once, with the ETag that they have read before. */
  async same(storage: LayeredBackend, { id, writers }: Config) {
    const { etag } = await storage.head(KEY);
    const put = (i: number) => unlessLost(storage.put(KEY, Buffer.from(`${id}/${i}`), { ifMatch: etag }));
    say('read');
    await hear();
    return (await all(writers, put)).filter((info) => info !== undefined).length;
  },

  /** Each adds one, until it has succeeded as often as it should. */
  async count(storage: LayeredBackend, { writers, rounds }: Config) {
    let tries = 0;
    const add = async () => {
      for (let done = 0; done < rounds;) {
        tries++;
        const now = await read(storage);
        if (!now) throw new Error('The counter has gone');
        const body = Buffer.from(String(Number(now.text) + 1));
        if (await unlessLost(storage.put(KEY, body, { ifMatch: now.etag }))) done++;
      }
    };
    await all(writers, add);
    return tries;
  },

  /** Any kind of write and delete. Contents are of one length, so that only times tell the versions apart. */
  async mixed(storage: LayeredBackend, { id, writers, rounds }: Config) {
    const ledger: Entry[] = [];
    const write = async (writer: number, round: number) => {
      const now = await read(storage);
      const body = Buffer.from(`${id}-${writer}-${round}`.padEnd(20));
      const kind = (writer + round) % 10;
      if (kind === 0) {
        ledger.push({ etag: (await storage.put(KEY, body)).etag });
      } else if (kind < 3 && now) {
        const deleted = unlessLost(storage.delete(KEY, { ifMatch: now.etag }).then(() => true));
        if (await deleted) ledger.push({ replaced: now.etag });
      } else if (kind === 4) {
        const info = await unlessLost(storage.put(KEY, body, { ifAbsent: true }));
        if (info) ledger.push({ etag: info.etag, created: true });
      } else if (kind === 3) {
        await storage.delete(KEY);
      } else if (now) {
        const info = await unlessLost(storage.put(KEY, body, { ifMatch: now.etag }));
        if (info) ledger.push({ etag: info.etag, replaced: now.etag });
      }
    };
    await all(writers, async (writer) => {
      for (let round = 0; round < rounds; round++) await write(writer, round);
    });
    return ledger;
  },

  /** Creates with ifAbsent, deletes with ifMatch what it has read: nobody else does anything. */
  async turns(storage: LayeredBackend, { id, writers, rounds }: Config) {
    let created = 0;
    let deleted = 0;
    await all(writers, async (writer) => {
      for (let round = 0; round < rounds; round++) {
        const body = Buffer.from(`${id}-${writer}-${round}`.padEnd(20));
        if (await unlessLost(storage.put(KEY, body, { ifAbsent: true }))) created++;
        const now = await read(storage);
        if (now && (await unlessLost(storage.delete(KEY, { ifMatch: now.etag }).then(() => true)))) deleted++;
      }
    });
    return { created, deleted };
  },
};

await child<Config>(async (config) => {
  const { storage, backend } = open({ root: config.root, durability: 'rename' });
  await storage.head('warm').catch(() => undefined);
  say('ready');
  await hear();
  const result = await contests[config.contest](storage, config);
  await backend.close();
  return { result };
});
