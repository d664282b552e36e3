import { Readable } from 'node:stream';
import { types } from 'node:util';
import { abortError, onAbort } from './abort.js';
import type { Body } from './backend.js';
import { StorageError } from './error.js';

/** How a body is read. */
export interface ConsumeOptions {
  readonly signal?: AbortSignal | undefined;
  /** The bytes that the body must have. */
  readonly size?: number | undefined;
  /** What a failure of the body itself means. Default: its own StorageError, or ABORTED. */
  readonly failure?: ((error: unknown) => StorageError) | undefined;
}

/**
 * Gives each chunk of a body to `take`, and the next one when the promise that it may return is fulfilled. As `readChunks`,
 * without the cost of an async iterator: half of the time of a small object, a tenth of that of a large one.
 * @throws StorageError ABORTED when the signal aborts or the body fails before its end; a StorageError
 * of the body as it is; INVALID_ARGUMENT when it has not `size` bytes; whatever `take` throws.
 */
export async function consume(
  body: Body,
  { signal, size, failure = bodyError }: ConsumeOptions,
  take: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  let seen = 0;
  const count = (chunk: Uint8Array): Promise<void> | void => {
    seen += chunk.byteLength;
    if (size !== undefined && seen > size) throw wrongSize(size, `at least ${seen}`);
    return take(chunk);
  };
  if (body instanceof Readable) await consumeStream(body, signal, failure, count);
  else await count(body);
  if (size !== undefined && seen !== size) throw wrongSize(size, String(seen));
}

function consumeStream(
  body: Readable,
  signal: AbortSignal | undefined,
  failure: (error: unknown) => StorageError,
  take: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let taking: Promise<void> | undefined;
    let ended = false;
    let release = (): void => undefined;
    const leave = () => {
      release();
      body.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
    };
    // Not before the chunk at hand is taken: it may be on its way to a file that is closed after a failure.
    const fail = (error: Error) => {
      ended = false;
      leave();
      body.on('error', () => undefined).destroy();
      const settle = () => reject(error);
      if (taking) taking.then(settle, settle);
      else settle();
    };
    const onData = (chunk: Uint8Array) => {
      try {
        const waits = take(chunk);
        if (!waits) return;
        body.pause();
        taking = waits.then(() => {
          taking = undefined;
          if (ended) onEnd();
          else body.resume();
        });
        taking.catch((error: unknown) => fail(asError(error)));
      } catch (error) {
        fail(asError(error));
      }
    };
    // It may end while its last chunk is still being taken.
    const onEnd = () => {
      ended = true;
      if (taking) return;
      leave();
      resolve();
    };
    const onError = (error: unknown) => fail(signal?.aborted ? abortError(signal) : failure(error));
    const onClose = () => {
      if (ended) return;
      onError(body.errored ?? bodyError(new Error('The stream was closed before its end')));
    };
    body.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    // Without waiting for the body: that of `Readable.from` is not destroyed while its source has stalled.
    release = onAbort(signal, (error) => {
      body.destroy(error);
      fail(error);
    });
    if (body.destroyed) onClose();
  });
}

const asError = (error: unknown): Error => (types.isNativeError(error) ? error : bodyError(error));

/** What the failure of a body means: its own StorageError, else ABORTED. */
export function bodyError(error: unknown): StorageError {
  if (StorageError.is(error)) return error;
  return new StorageError('ABORTED', 'The body failed before its end', { cause: error, reason: 'body' });
}

/** What a body of another size than was promised means. */
export function wrongSize(size: number, seen: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', `The body has ${seen} bytes, its size was given as ${size}`, {
    reason: 'size',
  });
}
