import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { measure } from './measure.mjs';
import { uploads } from './uploads.mjs';

const MiB = 1 << 20;
const BIG = 128;
const SMALL = 4000;
const WARM = 1000;
const small = randomBytes(1024);
const record = (i) =>
  Buffer.from(
    JSON.stringify({
      v: 1,
      key: `k/${i}`,
      inode: '123456789',
      contentType: 'application/octet-stream',
      checksum: { algorithm: 'crc32', value: 'AAAAAA==' },
    }),
  );

/** The local backend at `durability: 'rename'` beside what one would write by hand. */
export const local = {
  cases: [
    { work: 'put 128 MiB', unit: 'MiB', clients: ['pipeline + crc32', 'stowage'], target: { stowage: 0.9 } },
    { work: 'get 128 MiB', unit: 'MiB', clients: ['read stream', 'stowage'], target: { stowage: 0.9 } },
    {
      work: 'put 1 KiB',
      unit: 'ops',
      clients: ['write + rename twice', 'stowage'],
      target: { stowage: 0.6 },
    },
    { work: 'get 1 KiB', unit: 'ops', clients: ['readFile', 'stowage'], target: { stowage: 0.5 } },
    { work: 'copy 128 MiB', unit: 'MiB', clients: ['copyFile', 'stowage'], target: { stowage: 0.95 } },
    {
      work: 'upload 128 MiB over HTTP',
      unit: 'MiB',
      clients: ['request.pipe', 'stowage'],
      target: { stowage: 0.7 },
    },
    { work: '50 uploads of 100 MiB at once', unit: 'MiB', clients: ['request.pipe', 'stowage'] },
  ],
  async run(work, client, place, shared) {
    if (work.includes('upload')) return uploads(work, client, place);
    const storage = client === 'stowage' ? await open(join(place, 'root')) : undefined;
    return works[work]({ storage, place, source: await bigFile(shared) });
  },
};

const works = {
  'put 128 MiB': ({ storage, place, source }) =>
    measure({
      count: 8,
      warm: 2,
      mib: BIG,
      once: async (i) => {
        const input = createReadStream(source, { highWaterMark: MiB });
        if (storage) await storage.put(`big/${i}`, input);
        else
          await pipeline(input, checksum(), createWriteStream(join(place, `${i}`), { highWaterMark: MiB }));
        // The page cache is not what is measured: an old file makes room for the next one.
        if (storage) await storage.delete(`big/${i}`);
        else await fs.rm(join(place, `${i}`));
      },
    }),

  'get 128 MiB': async ({ storage, source }) => {
    if (storage) await storage.put('big', createReadStream(source, { highWaterMark: MiB }));
    return measure({
      count: 24,
      warm: 4,
      mib: BIG,
      once: async () => {
        const body = storage ? await storage.stream('big') : createReadStream(source, { highWaterMark: MiB });
        await drain(body);
      },
    });
  },

  'put 1 KiB': async ({ storage, place }) => {
    for (const folder of ['data', 'meta', 'tmp']) await fs.mkdir(join(place, folder));
    const write = async (i) => {
      const [data, meta] = [join(place, 'tmp', `d${i}`), join(place, 'tmp', `m${i}`)];
      await fs.writeFile(data, small);
      await fs.writeFile(meta, record(i));
      await fs.rename(meta, join(place, 'meta', `${i}`));
      await fs.rename(data, join(place, 'data', `${i}`));
    };
    return measure({
      count: SMALL,
      warm: WARM,
      atOnce: 16,
      once: (i) => (storage ? storage.put(`k/${i}`, small) : write(i)),
    });
  },

  'get 1 KiB': async ({ storage, place }) => {
    const names = Array.from({ length: 1000 }, (_, i) => `${i}`);
    for (const name of names) {
      if (storage) await storage.put(`k/${name}`, small);
      else await fs.writeFile(join(place, name), small);
    }
    const read = (name) => (storage ? storage.bytes(`k/${name}`) : fs.readFile(join(place, name)));
    return measure({
      count: 5 * SMALL,
      warm: 2 * WARM,
      atOnce: 16,
      once: (i) => read(names[i % names.length]),
    });
  },

  'copy 128 MiB': async ({ storage, place, source }) => {
    if (storage) await storage.put('big', createReadStream(source, { highWaterMark: MiB }));
    return measure({
      count: 8,
      warm: 2,
      mib: BIG,
      once: async (i) => {
        if (storage) await storage.copy('big', `copy/${i}`);
        else await fs.copyFile(source, join(place, `${i}`));
        if (storage) await storage.delete(`copy/${i}`);
        else await fs.rm(join(place, `${i}`));
      },
    });
  },
};

async function open(root) {
  const { LocalBackend, StorageService } = await import('../../dist/index.js');
  return new StorageService('bench', new LocalBackend({ root, durability: 'rename' }));
}

async function bigFile(directory) {
  const path = join(directory, 'source.bin');
  if (!existsSync(path)) {
    const block = randomBytes(MiB);
    await fs.writeFile(
      path,
      Array.from({ length: BIG }, () => block),
    );
  }
  await drain(createReadStream(path, { highWaterMark: MiB }));
  return path;
}

function checksum() {
  let sum = 0;
  return new Transform({
    highWaterMark: MiB,
    transform(chunk, _, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
  });
}

async function drain(body) {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return bytes;
}
