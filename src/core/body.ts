import { Readable } from 'node:stream';
import { types } from 'node:util';
import type { Body } from './backend.js';
import { abortError, onAbort } from './abort.js';
import { BytesBody } from './bytes-body.js';
import { bodyError, consume, wrongSize, type ConsumeOptions } from './consume.js';
import { StorageError } from './error.js';

/** What can be stored. Strings, and the strings of a stream in object mode, are taken as UTF-8. */
export type BodyInput =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Readable
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;

/**
 * `input` as bytes or a stream of bytes.
 * @throws StorageError INVALID_ARGUMENT for anything else, and for a stream that was already read or destroyed.
 */
export function toBody(input: BodyInput): Body {
  if (typeof input === 'string') return Buffer.from(input);
  if (input instanceof Uint8Array) return input;
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  if (input instanceof Readable) return fromReadable(input);
  if (input instanceof Blob) return fromWeb(input.stream());
  if (input instanceof ReadableStream) return fromWeb(input);
  if (typeof input === 'object' && input !== null && Symbol.asyncIterator in input)
    return fromIterable(input);
  throw new StorageError(
    'INVALID_ARGUMENT',
    `A body is a string, bytes, a Blob, a stream or an async iterable, not ${input === null ? 'null' : typeof input}`,
    { reason: 'body' },
  );
}

function fromReadable(input: Readable): Readable {
  // Its error may come after a refusal, when nobody listens any more: without a listener it would end the process.
  input.on('error', () => undefined);
  if (input.destroyed || input.readableEnded) throw spent();
  if (!input.readableObjectMode && input.readableEncoding === null) return input;
  const body = fromIterable(input, input.readableEncoding ?? undefined);
  body.once('close', () => input.destroy());
  return body;
}

function fromWeb(input: ReadableStream<Uint8Array | string>): Readable {
  if (input.locked) throw spent();
  const reader = input.getReader();
  return fromIterator({ next: () => reader.read(), return: () => reader.cancel() });
}

/** Unlike `Readable.from`, its destruction does not wait for a source that has stalled. */
function fromIterable(input: AsyncIterable<unknown>, encoding?: BufferEncoding): Readable {
  const iterator = iteratorOf(input);
  return fromIterator({ next: () => iterator.next(), return: async () => iterator.return?.() }, encoding);
}

function iteratorOf(input: AsyncIterable<unknown>): AsyncIterator<unknown> {
  try {
    return input[Symbol.asyncIterator]();
  } catch (error) {
    throw bodyError(error);
  }
}

interface Source {
  next(): Promise<{ readonly done?: boolean; readonly value?: unknown }>;
  return(): Promise<unknown>;
}

function fromIterator(source: Source, encoding: BufferEncoding = 'utf8'): Readable {
  // Half a character: the first of two surrogates, whose second one the next string begins with.
  let half = '';
  const encode = (text: string): Buffer => {
    const whole = half + text;
    half = /[\ud800-\udbff]$/.test(whole) ? whole.slice(-1) : '';
    return Buffer.from(half === '' ? whole : whole.slice(0, -1), encoding);
  };
  const flush = (): Buffer => {
    const rest = Buffer.from(half, encoding);
    half = '';
    return rest;
  };
  const body = new Readable({
    read() {
      source
        .next()
        .then(({ done, value }) => {
          if (done) {
            if (half !== '') this.push(flush());
            return void this.push(null);
          }
          if (typeof value !== 'string' && !(value instanceof Uint8Array))
            return void this.destroy(notBytes(value));
          const bytes =
            typeof value === 'string' ? encode(value) : half === '' ? value : Buffer.concat([flush(), value]);
          // An empty chunk pushed would end nothing but would also not ask for the next one.
          if (bytes.length > 0) this.push(bytes);
          else if (!this.destroyed) this._read(0);
        })
        // Also when what came is no result of an iterator at all.
        .catch((error: unknown) =>
          this.destroy(types.isNativeError(error) ? error : new Error('The source failed', { cause: error })),
        );
    },
    destroy(error, done) {
      source.return().catch(() => undefined);
      done(error);
    },
  });
  body.on('error', () => undefined);
  return body;
}

/**
 * The chunks of a body. Aborting destroys it at once, also when it has stalled.
 * @throws StorageError ABORTED when the signal aborts or the body fails before its end; a StorageError
 * of the body as it is; INVALID_ARGUMENT when it has not `size` bytes.
 */
export async function* readChunks(
  body: Body,
  { signal, size }: ConsumeOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  const count = (chunk: Uint8Array): Uint8Array => {
    seen += chunk.byteLength;
    if (size !== undefined && seen > size) throw wrongSize(size, `at least ${seen}`);
    return chunk;
  };
  if (body instanceof Readable) {
    const release = onAbort(signal, (error) => body.destroy(error));
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) yield count(chunk);
    } catch (error) {
      throw signal?.aborted ? abortError(signal) : bodyError(error);
    } finally {
      release();
    }
  } else {
    yield count(body);
  }
  if (size !== undefined && seen !== size) throw wrongSize(size, String(seen));
}

/** All bytes of a body that should have `size` of them. @throws as `readChunks`. */
export async function toBytes(body: Body, options: ConsumeOptions = {}): Promise<Buffer> {
  const { signal, size } = options;
  const whole = body instanceof BytesBody && !signal?.aborted ? body.takeBytes() : undefined;
  if (whole) {
    if (size !== undefined && size !== whole.length) throw wrongSize(size, String(whole.length));
    return whole;
  }
  const chunks: Uint8Array[] = [];
  await consume(body, options, (chunk) => void chunks.push(chunk));
  const [first] = chunks;
  if (chunks.length === 1 && first) return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  return Buffer.concat(chunks);
}

/** Ends a body that will not be read (any more), so that its source is released. */
export function discard(body: Body): void {
  if (body instanceof Readable && !body.destroyed) body.destroy();
}

function notBytes(value: unknown): StorageError {
  return new StorageError('INVALID_ARGUMENT', `The body yields ${typeof value}s, not bytes or strings`, {
    reason: 'body',
  });
}

function spent(): StorageError {
  return new StorageError('INVALID_ARGUMENT', 'The body was already read, locked or destroyed', {
    reason: 'body',
  });
}
