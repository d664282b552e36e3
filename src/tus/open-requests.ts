import type { ServerResponse } from 'node:http';
import { StorageError } from '../core/error.js';
import { isClientGone, onClientGone } from '../http/download/client-gone.js';

/** Milliseconds that requests have to come to an end in, when their server closes. */
const END_MS = 5_000;

/** A request that is under way. */
export interface OpenRequest {
  /** Whether it was asked to end, because its server closes. */
  readonly isStopped: boolean;
  /** From now on `stop` is what asks it to. */
  stopBy(stop: () => void): void;
}

/**
 * The requests of a server that are under way. One that closes ends them itself, because they may take hours: what has come by then is
 * stored, and clients go on with it elsewhere, or later.
 */
export class OpenRequests {
  private readonly stops = new Set<() => Promise<void>>();
  private closing: Promise<void> | undefined;

  /** Does `work`, whose request is under way until that is done and it is answered. @throws StorageError ABORTED, reason `shutdown`. */
  async run(response: ServerResponse, work: (request: OpenRequest) => Promise<void>): Promise<void> {
    if (this.closing) {
      response.setHeader('Connection', 'close');
      throw shuttingDown();
    }
    let isStopped = false;
    let stop = (): void => undefined;
    const working = work({
      get isStopped() {
        return isStopped;
      },
      stopBy(next) {
        stop = next;
        if (isStopped) stop();
      },
    });
    const over = Promise.allSettled([working, closed(response)]).then(() => void this.stops.delete(end));
    const end = (): Promise<void> => {
      isStopped = true;
      stop();
      return over;
    };
    this.stops.add(end);
    await working;
  }

  /** Lets none begin any more, asks those that are under way to end, and waits until they have, for some seconds at most. */
  close(): Promise<void> {
    return (this.closing ??= this.endAll());
  }

  private async endAll(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, END_MS)));
    await Promise.race([Promise.all(Array.from(this.stops, (stop) => stop())), late]);
    clearTimeout(timer);
  }
}

/** Resolves when nobody can receive `response` any more, or has received it: of a client that left before it was heard at once. */
function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      release();
      resolve();
    };
    const release = onClientGone(response, done);
    if (isClientGone(response)) done();
  });
}

/** What is answered with 503: clients try again. */
export const shuttingDown = (): StorageError =>
  new StorageError('ABORTED', 'The server is shutting down', { reason: 'shutdown' });
