import { StorageError, type StorageErrorCode } from '../core/error.js';
import type { StorageService } from './storage.service.js';

/** What a health check found. There is nothing in it that a public page may not show. */
export interface StorageHealth {
  readonly status: 'up' | 'down';
  /** Milliseconds that the answer took. */
  readonly latencyMs: number;
  /** Why it is down. */
  readonly code?: StorageErrorCode;
}

/** How long a health check waits. */
export interface StorageCheckOptions {
  /** Milliseconds. Default: 3,000. Then the storage counts as down with TIMEOUT. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Whether `storage` answers: it lists one object. A refusal (PERMISSION_DENIED) counts as down too.
 * Never throws, and ends in time even when the backend ignores its signal.
 */
export async function checkStorage(
  storage: StorageService,
  { timeoutMs = 3000 }: StorageCheckOptions = {},
): Promise<StorageHealth> {
  const started = performance.now();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<StorageErrorCode>((resolve) => {
    timer = setTimeout(() => {
      resolve('TIMEOUT');
      controller.abort(new StorageError('TIMEOUT', `No answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  const answer = storage.page({ limit: 1, signal: controller.signal }).then(
    () => undefined,
    (error: unknown): StorageErrorCode => (StorageError.is(error) ? error.code : 'UNKNOWN'),
  );
  const code = await Promise.race([answer, late]);
  clearTimeout(timer);
  const latencyMs = Math.round(performance.now() - started);
  return code === undefined ? { status: 'up', latencyMs } : { status: 'down', latencyMs, code };
}
