import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import type { S3BackendOptions } from '../../../src/backends/s3/options.js';
import { aws } from '../../../src/backends/s3/profiles/aws.js';
import { StorageError } from '../../../src/core/error.js';
import { TransferMemory } from '../../../src/core/transfer-memory.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { FaultServer } from '../../faults/fault-server.js';
import { bytesOf, KIB } from '../../support/bodies.js';
import { within } from '../../support/within.js';

export const PART = 64 * KIB;
/** Three parts, the last of them smaller. */
export const CONTENT = bytesOf(2 * PART + 1_000);
export const OLD = Buffer.from('what was there before');
/** Milliseconds in which every transfer ends, whatever the server does. */
export const BOUND_MS = 40_000;

/** Limits that a test can wait for, and that a busy machine keeps. Of a part they make 4 tries, of any other request 2. */
const LIMITS = {
  connectTimeoutMs: 1_500,
  firstByteTimeoutMs: 1_500,
  idleTimeoutMs: 1_500,
  requestTimeoutMs: 3_000,
  retryBudgetMs: 2_500,
  maxAttempts: 2,
};

/** One server and one storage on it. */
export interface BrokenServer {
  readonly server: FaultServer;
  readonly storage: StorageService;
  readonly backend: S3Backend;
  readonly memory: TransferMemory;
  /** The one object that is of interest, or what is below it. */
  readonly key: string;
}

/**
 * Does `work` on a server of its own. @returns What it gives.
 * @throws Error when it leaves a request under way, a connection that is open after the storage was closed, or memory.
 */
export async function onServer<T>(
  work: (place: BrokenServer) => Promise<T>,
  options: Partial<S3BackendOptions> = {},
): Promise<T> {
  const server = await FaultServer.start();
  server.s3.uploads.minPart = PART;
  const memory = new TransferMemory(4 * PART);
  let tokens = 0;
  const backend = new S3Backend({
    endpoint: server.endpoint,
    region: 'us-east-1',
    bucket: 'b',
    // Each time a new one, as of a role.
    credentials: () =>
      Promise.resolve({ accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: `t${++tokens}` }),
    forcePathStyle: true,
    profile: { ...aws, minPart: PART },
    partSize: PART,
    maxSinglePut: PART,
    transferMemory: memory,
    ...LIMITS,
    ...options,
  });
  const key = randomBytes(6).toString('hex');
  try {
    const value = await work({ server, storage: new StorageService('files', backend), backend, memory, key });
    const stranger = server.requests.find((request) => !request.key.startsWith(key) && request.key !== '');
    if (stranger) throw new Error(`Somebody else sent ${stranger.method} ${stranger.path}`);
    if (!(await server.settled())) throw new Error(`${server.counts.busy} requests are still under way`);
    if (memory.held > 0) throw new Error(`${memory.held} bytes of memory are still held`);
    await within(backend.close(), 'closing');
    if (!(await server.settled(0))) throw new Error(`${server.counts.open} connections are still open`);
    return value;
  } finally {
    await backend.close();
    await server.close();
  }
}

/** How an operation ended: `success`, or the code and the reason of its StorageError. Anything else is thrown. */
export async function endingOf(work: Promise<unknown>, success = 'stored'): Promise<string> {
  const began = performance.now();
  try {
    await within(work, 'the transfer', BOUND_MS);
    return success;
  } catch (error) {
    if (!StorageError.is(error)) throw error;
    const ms = Math.round(performance.now() - began);
    if (ms > BOUND_MS) throw new Error(`It took ${ms} ms`, { cause: error });
    return error.reason === undefined ? error.code : `${error.code} ${error.reason}`;
  }
}
