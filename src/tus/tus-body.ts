import type { IncomingMessage } from 'node:http';
import { JoinedChunks } from '../http/message/joined-chunks.js';

/** The body of a request as the tus server reads it. */
export interface TusBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Lets go of the request: what is left of its body is not read here any more. */
  release(): void;
}

/**
 * The body of `request`, which ends also where its connection is lost: what has come until then is to be kept. Nothing is read
 * before somebody asks for it. Not `Readable.toWeb`: in Node 20 that counts chunks and not bytes, and holds thousands of them.
 */
export function tusBody(request: IncomingMessage): TusBody {
  let ended = false;
  let started = false;
  let give = (_chunk: Uint8Array): void => undefined;
  let onEnd = (): void => undefined;
  const chunks = new JoinedChunks((chunk) => give(chunk));
  const onData = (chunk: Uint8Array): void => chunks.take(chunk);
  const release = (): void => {
    ended = true;
    chunks.drop();
    request.off('data', onData).off('end', onEnd).off('error', onEnd).off('close', onEnd);
    if (started && !request.destroyed) request.pause();
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (ended) return;
        if (started) return void request.resume();
        started = true;
        give = (chunk) => {
          controller.enqueue(chunk);
          request.pause();
        };
        onEnd = () => {
          if (ended) return;
          chunks.flush();
          release();
          controller.close();
        };
        request.on('data', onData).on('end', onEnd).on('error', onEnd).on('close', onEnd);
        if (request.readableEnded || request.destroyed) onEnd();
        else request.resume();
      },
      cancel: release,
    },
    { highWaterMark: 0 },
  );
  return { stream, release };
}
