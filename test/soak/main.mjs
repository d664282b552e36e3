#!/usr/bin/env node
// npm run soak -- [--minutes N] [--faults PART] [--server NAME] [--workers N] [--seed N]
// Random operations on a real S3 server behind a proxy that breaks a part of the requests. Wrong bytes, leaked sockets,
// descriptors and timers, uploads and files that are left over: all must be none, and 99.99 % of the operations succeed.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { FileBody, StorageService } from '../../dist/index.js';
import { S3Backend } from '../../dist/backends/s3/backend.js';
import { startServer } from '../servers/start-server.mjs';
import { randomOf } from './bytes.mjs';
import { FaultyProxy } from './faulty-proxy.mjs';
import { held, leaked } from './leaks.mjs';
import { Tally } from './tally.mjs';
import { Worker } from './worker.mjs';

const BUCKET = 'soak';
const WANTED = 0.9999;
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    faults: { type: 'string', default: '0.1' },
    server: { type: 'string', default: 'minio' },
    workers: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const seed = Number(values.seed);
console.log(`soak: ${JSON.stringify(values)}`);

const directory = await mkdtemp(join(tmpdir(), 'stowage-soak-'));
const server = await startServer(values.server);
const { endpoint, region, accessKeyId, secretAccessKey } = server;
const credentials = { accessKeyId, secretAccessKey };
const admin = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
await admin.send(new CreateBucketCommand({ Bucket: BUCKET }));
const options = { bucket: BUCKET, region, credentials, profile: values.server, forcePathStyle: true };
const direct = new S3Backend({ ...options, endpoint });
const plain = new StorageService('direct', direct);
await plain.put('warm', 'warm');
await plain.delete('warm');
const before = held();
const proxy = await new FaultyProxy(endpoint, { rate: 0, random: randomOf(seed) }).start();

const backend = new S3Backend({
  ...options,
  endpoint: proxy.endpoint,
  idleTimeoutMs: 2000,
  firstByteTimeoutMs: 2000,
  connectTimeoutMs: 2000,
  // A copy or a completion may take this long to its first byte.
  requestTimeoutMs: 20_000,
  maxAttempts: 10,
  retryBudgetMs: 120_000,
  partSize: 5 << 20,
});
const storage = new StorageService('soak', backend);
const tally = new Tally();
proxy.rate = Number(values.faults);
const until = Date.now() + Number(values.minutes) * 60_000;
const workers = Array.from(
  { length: Number(values.workers) },
  (_, i) =>
    new Worker(`w${i}`, {
      ...{ storage, direct: plain, FileBody, directory, seed: seed + i + 1, tally },
      quiet: (key) => proxy.quiet(key),
    }),
);
const report = setInterval(() => console.log(tally.line()), 60_000);
await Promise.all(workers.map((worker) => worker.run(until)));
clearInterval(report);
proxy.rate = 0;
for (const worker of workers) await worker.verify();
await backend.close();
const connections = await proxy.left();
await proxy.stop();
const left = await leaked(before);
// An upload that was begun twice, because the first answer was lost, is the sweeper's.
const swept = await plain.uploads.sweep({ olderThanHours: 0 });
for (const { key, outcome, error } of swept)
  if (outcome !== 'removed') console.error(`NOT SWEPT: ${key}: ${outcome} ${error?.message ?? ''}`);
const { Uploads = [] } = await admin.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
const files = await readdir(directory);
await direct.close();
admin.destroy();
await server.stop();
await rm(directory, { recursive: true });

const result = {
  seed,
  operations: tally.operations,
  successRate: tally.rate,
  failures: tally.failures,
  retries: tally.retries,
  wrong: tally.wrongs,
  requests: proxy.requests,
  faults: proxy.counts,
  leaked: { ...left, connections },
  swept: swept.reduce((sum, { outcome }) => ({ ...sum, [outcome]: (sum[outcome] ?? 0) + 1 }), {}),
  orphanUploads: Uploads.length,
  filesLeft: files.length,
};
console.log(JSON.stringify(result, null, 2));
const none = [tally.wrongs.length, ...Object.values(result.leaked), Uploads.length, files.length].every(
  (n) => n === 0,
);
const good = none && tally.rate >= WANTED;
console.log(good ? 'soak: passed' : 'soak: FAILED');
process.exit(good ? 0 : 1);
