import { existsSync, mkdirSync, openSync, closeSync } from 'node:fs';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { listS3 } from './listing-s3.mjs';
import { measure } from './measure.mjs';

const PAGE = 1000;
const FLAT = 100_000;
/** Pages of a bucket. */
const WALKS = { '100,000 keys': 100, '1,000,000 keys': 1000 };
const name = (i) => `${i}`.padStart(6, '0');

/** What a page of a list costs on disk: by how many keys there are elsewhere it must not grow. And a whole bucket. */
export const listing = {
  cases: [
    {
      work: 'page of 1,000 keys',
      unit: 'pages',
      clients: [
        'of 1,000 keys',
        'first of 1,000 x 1,000',
        'middle of 1,000 x 1,000',
        'last of 1,000 x 1,000',
      ],
      target: { 'first of 1,000 x 1,000': 0.5, 'middle of 1,000 x 1,000': 0.5, 'last of 1,000 x 1,000': 0.5 },
    },
    {
      work: `page of 1,000 keys of ${FLAT} in one folder`,
      unit: 'pages',
      clients: ['readdir and 1,000 stats', 'first', 'middle'],
    },
    {
      // Of memory: it fails when the heap grows with the pages.
      work: 'all keys of a bucket, over http',
      unit: 'pages',
      clients: Object.keys(WALKS),
    },
  ],
  async run(work, client, place, shared) {
    if (client in WALKS) return listS3(WALKS[client]);
    const flat = work.includes('in one folder');
    const root = join(shared, flat ? 'flat' : client.startsWith('of') ? 'small' : 'large');
    fill(root, flat ? FLAT : PAGE, root.endsWith('large') ? PAGE : 1);
    const count = flat ? 10 : 40;
    if (client.startsWith('readdir'))
      return measure({ count, warm: 2, once: () => raw(join(root, 'd000000')) });
    const { LocalBackend, StorageService } = await import('../../dist/index.js');
    const storage = new StorageService('bench', new LocalBackend({ root, durability: 'rename' }));
    const cursor = await cursorBefore(storage, client, flat);
    const result = await measure({
      count,
      warm: 3,
      once: async () => {
        const { objects } = await storage.page({ cursor });
        if (objects.length !== PAGE) throw new Error(`${objects.length} objects`);
      },
    });
    return result;
  },
};

async function cursorBefore(storage, client, flat) {
  const half = flat ? { key: `d000000/${name(FLAT / 2)}` } : { key: `d000500/${name(500)}` };
  const after = client.startsWith('middle')
    ? half
    : client.startsWith('last')
      ? { key: `d000998/${name(999)}` }
      : undefined;
  if (!after) return undefined;
  // A cursor is opaque to applications; the benchmark may know how the library makes one.
  const { encodeCursor } = await import('../../dist/core/cursor.js');
  return encodeCursor({ after: after.key, group: false });
}

async function raw(folder) {
  const names = (await fs.readdir(folder)).sort().slice(0, PAGE);
  for (let i = 0; i < names.length; i += 16)
    await Promise.all(names.slice(i, i + 16).map((one) => fs.stat(join(folder, one))));
}

function fill(root, files, folders) {
  if (existsSync(root)) return;
  for (let d = 0; d < folders; d++) {
    const folder = join(root, `d${name(d)}`);
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < files; i++) closeSync(openSync(join(folder, name(i)), 'w'));
  }
}
