import { beforeEach } from '@jest/globals';
import type { S3BackendOptions } from '../../../../src/backends/s3/options.js';
import type { StorageService } from '../../../../src/storage/storage.service.js';
import type { Identity } from '../../../faults/fault-server.js';
import { useFaultServer, type FaultBench } from './support.js';

/** Limits that nothing but a hang meets: a busy machine may leave this process, and the server in it, alone for a second. */
export const PATIENT = {
  connectTimeoutMs: 10_000,
  firstByteTimeoutMs: 10_000,
  idleTimeoutMs: 10_000,
  requestTimeoutMs: 10_000,
  retryBudgetMs: 10_000,
} as const;

/** Limits that a test can wait for, where a server says nothing once. */
export const SHORT = {
  connectTimeoutMs: 1_000,
  firstByteTimeoutMs: 1_000,
  idleTimeoutMs: 1_000,
  requestTimeoutMs: 2_000,
} as const;

/** A bench for what is not about time: its storages have patience, unless they are given another limit. */
export function usePatientServer(identity?: Identity): FaultBench {
  const bench = useFaultServer(identity);
  const open = (options: Partial<S3BackendOptions> = {}) => bench.open({ ...PATIENT, ...options });
  let storage: StorageService | undefined;
  beforeEach(() => {
    storage = undefined;
  });
  return {
    get server() {
      return bench.server;
    },
    get storage() {
      return (storage ??= open());
    },
    open,
    closeAll: bench.closeAll,
    etag: bench.etag,
  };
}
