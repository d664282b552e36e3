import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { S3Backend } from '../../../../src/backends/s3/backend.js';
import type { S3BackendOptions } from '../../../../src/backends/s3/options.js';
import { StorageError, type StorageErrorCode } from '../../../../src/core/error.js';
import { StorageService } from '../../../../src/storage/storage.service.js';
import { FaultServer, type Identity } from '../../../faults/fault-server.js';
import { sleep, within } from '../../../support/within.js';

/** Limits that a test can wait for, and that a busy machine keeps. */
export const LIMITS = {
  connectTimeoutMs: 300,
  firstByteTimeoutMs: 400,
  idleTimeoutMs: 300,
  requestTimeoutMs: 800,
  retryBudgetMs: 2_000,
  maxAttempts: 4,
};

/** Two objects that are there before each test. */
export const SEEDED = { a: 'old a', c: 'old c' } as const;

/** A server that breaks and a storage on it, new for each test. */
export interface FaultBench {
  readonly server: FaultServer;
  readonly storage: StorageService;
  /** Another backend on the same server, closed after the test. */
  readonly open: (options?: Partial<S3BackendOptions>) => StorageService;
  /** Closes the backends, as happens after each test. */
  readonly closeAll: () => Promise<void>;
  /** As S3 writes the ETag, without quotes. */
  readonly etag: (key: string) => string;
}

/**
 * Registers the hooks of a bench. After each test nothing may hold a connection, and none is open when the backends are closed;
 * after all of them no socket is left in the process. jest fails a test during which a rejection is not handled.
 */
export function useFaultServer(identity?: Identity): FaultBench {
  let server: FaultServer;
  let backends: S3Backend[] = [];
  let storage: StorageService;
  let before = 0;

  const open = (options: Partial<S3BackendOptions> = {}): StorageService => {
    const backend = new S3Backend({
      endpoint: server.endpoint,
      region: 'us-east-1',
      bucket: 'b',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      forcePathStyle: true,
      profile: 'aws',
      ...LIMITS,
      ...options,
    });
    backends.push(backend);
    return new StorageService('test', backend);
  };

  const closeAll = async (): Promise<void> => {
    await within(Promise.all(backends.map((backend) => backend.close())), 'closing');
    backends = [];
  };

  beforeAll(() => {
    before = sockets();
  });

  beforeEach(async () => {
    server = await FaultServer.start(identity);
    for (const [key, body] of Object.entries(SEEDED)) server.s3.seed(key, body);
    storage = open();
  });

  afterEach(async () => {
    const letGo = await server.settled();
    const left = server.counts;
    await closeAll();
    const closed = await server.settled(0);
    const { open } = server.counts;
    await within(server.close(), 'closing the server');
    // A rejection that nobody handles shows after the turn in which it happened.
    await sleep(1);
    expect({ letGo, busy: left.busy, closed, open }).toEqual({ letGo: true, busy: 0, closed: true, open: 0 });
  });

  afterAll(async () => {
    const end = performance.now() + 2_000;
    while (sockets() > before && performance.now() < end) await sleep(10);
    // Less: an earlier spec of this process had left some.
    expect(sockets()).toBeLessThanOrEqual(before);
  });

  return {
    get server() {
      return server;
    },
    get storage() {
      return storage;
    },
    open,
    closeAll,
    etag: (key) => server.s3.objects.get(key)!.etag.slice(1, -1),
  };
}

/** How an operation ended: `ok`, or the code and the reason of its StorageError. */
export interface Outcome {
  readonly code: StorageErrorCode | 'ok';
  readonly reason: string | undefined;
  /** Milliseconds that it took. */
  readonly ms: number;
}

/** Waits for `work`, at most `limitMs`, for success or a StorageError; anything else fails the test. */
export async function outcomeOf(work: Promise<unknown>, limitMs = 8_000): Promise<Outcome> {
  const began = performance.now();
  try {
    await within(work, 'the operation', limitMs);
    return { code: 'ok', reason: undefined, ms: performance.now() - began };
  } catch (error) {
    if (!StorageError.is(error)) throw error;
    return { code: error.code, reason: error.reason, ms: performance.now() - began };
  }
}

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length;
