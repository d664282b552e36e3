// The servers of the suite `small`: one that keeps nothing, and real ones.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { installCommand, isInstalled } from '../servers/catalogue.mjs';
import { keys } from '../servers/keys.mjs';
import { startServer } from '../servers/start-server.mjs';

const BUCKET = 'bench';
const source = fileURLToPath(new URL('null-server.c', import.meta.url));
const inNode = fileURLToPath(new URL('small-null-server.mjs', import.meta.url));

/** What `--server` may say, `null` first: `all` are the null server and the first real one that is there. */
export const servers = ['null', 'minio', 'versitygw'];

/**
 * Starts the servers that `wanted` names; each ends with this process.
 * @param sizes Bytes of the objects `get/object-BYTES` that are there to be read.
 */
export async function start(wanted, sizes = [1024]) {
  if (wanted !== 'all') return [await startOne(wanted, sizes)];
  const [, ...real] = servers;
  const found = real.find(isInstalled);
  if (found) return [await startOne('null', sizes), await startOne(found, sizes)];
  console.error(`without a real server: ${installCommand(real[0])}`);
  return [await startOne('null', sizes)];
}

async function startOne(name, sizes) {
  if (!servers.includes(name)) throw new Error(`--server is one of all, ${servers.join(', ')}`);
  if (name === 'null') return startNull();
  const { endpoint, region, accessKeyId, secretAccessKey, stop } = await startServer(name);
  const server = { name, endpoint, region, bucket: BUCKET, credentials: { accessKeyId, secretAccessKey } };
  try {
    await fill(server, sizes);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...server, stop };
}

async function startNull() {
  const binary = compiled();
  const child = binary
    ? spawn(binary, [], { stdio: ['pipe', 'pipe', 'inherit'] })
    : spawn(process.execPath, [inNode], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    name: 'null',
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    bucket: BUCKET,
    credentials: keys,
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The null server in C, compiled once for each of its versions; `undefined` where that is not possible. */
function compiled() {
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'stowage-bench');
  const binary = join(folder, `null-server-${digest}-${process.arch}`);
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const fresh = `${binary}.${process.pid}`;
  const { status, error, stderr } = spawnSync('cc', ['-O2', '-o', fresh, source, '-lz'], {
    encoding: 'utf8',
  });
  if (status === 0) {
    renameSync(fresh, binary);
    return binary;
  }
  const why = error?.message ?? stderr.trim().split('\n')[0];
  console.error(
    `the null server runs in Node, which slows fast clients down: no C compiler with zlib.h (${why})`,
  );
  return undefined;
}

/** Makes the bucket, open to everybody because `raw` signs nothing, with what is read and listed. */
async function fill({ endpoint, region, bucket, credentials }, sizes) {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const everybody = (actions, resource) => ({
    Effect: 'Allow',
    Principal: '*',
    Action: actions,
    Resource: resource,
  });
  const policy = {
    Version: '2012-10-17',
    Statement: [
      everybody(['s3:GetObject', 's3:PutObject'], `arn:aws:s3:::${bucket}/*`),
      everybody(['s3:ListBucket'], `arn:aws:s3:::${bucket}`),
    ],
  };
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }));
  const put = (Key, Body) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  for (const size of sizes) await put(`get/object-${size}`, Buffer.alloc(size));
  for (let i = 0; i < 1000; i += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, j) =>
        put(`list/photo-${`${i + j}`.padStart(6, '0')}.jpg`, Buffer.alloc(1)),
      ),
    );
  client.destroy();
}
