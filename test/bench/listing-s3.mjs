import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { rate } from './measure.mjs';

const PAGE = 1000;
const MIB = 1024 * 1024;
/** Pages after which the heap is what it stays. */
const WARM = 50;
/** What it may grow from there to the end. */
const MAX_GROWTH_MIB = 8;

/** Lists `pages` pages of a bucket by `storage.list()`. @throws Error when a key is missing, or the memory grows with the pages. */
export async function listS3(pages) {
  const server = spawn(
    process.execPath,
    [fileURLToPath(new URL('listing-server.mjs', import.meta.url)), `${pages}`],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const [port] = await once(createInterface(server.stdout), 'line', {
      signal: AbortSignal.timeout(20_000),
    });
    return await walk(`http://127.0.0.1:${port}`, pages);
  } finally {
    server.kill();
  }
}

async function walk(endpoint, pages) {
  const { StorageService } = await import('../../dist/index.js');
  const { S3Backend } = await import('../../dist/backends/s3/index.js');
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const backend = new S3Backend({
    bucket: 'bench',
    endpoint,
    credentials,
    forcePathStyle: true,
    profile: 'minio',
  });
  const heap = () => {
    globalThis.gc();
    return process.memoryUsage().heapUsed / MIB;
  };
  let keys = 0;
  let before = NaN;
  const cpu = process.cpuUsage();
  const started = performance.now();
  for await (const { size } of new StorageService('bench', backend).list()) {
    if (size !== 1024 + (keys % PAGE)) throw new Error(`Key ${keys} has ${size} bytes`);
    if (++keys === Math.min(WARM, pages / 2) * PAGE) before = heap();
  }
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const growth = heap() - before;
  await backend.close();
  if (keys !== pages * PAGE) throw new Error(`${keys} keys`);
  console.error(`${keys} keys: the heap grew by ${growth.toFixed(2)} MiB after the first ${WARM} pages`);
  if (growth > MAX_GROWTH_MIB) throw new Error(`The heap grew by ${growth} MiB`);
  return rate({ seconds, cpuMicros: user + system, count: pages });
}
