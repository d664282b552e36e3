import { Readable } from 'node:stream';
import type { Body, StorageBackend } from '../../../src/core/backend.js';
import type { ObjectInfo } from '../../../src/core/object.js';
import type { PutOptions } from '../../../src/core/options.js';
import { altered } from './altered.js';

/** Counts what a backend receives, and can make it slow or fail. */
export class WatchedWrites {
  readonly backend: StorageBackend;
  /** Writes that are not done. */
  running = 0;
  /** Sizes of what was stored, if only for a moment. */
  readonly committed: number[] = [];
  /** Bytes that were read of all bodies. */
  received = 0;
  /** Milliseconds between the storing of an object and the answer. */
  delayMs = 0;
  /** What each write fails with. */
  failure: Error | undefined;
  /** Whether the next write waits for `resume`. */
  pause = false;
  private body: Body | undefined;
  private go: () => void = () => undefined;

  constructor(inner: StorageBackend) {
    this.backend = altered(inner, {
      put: async (key, body, options) => {
        this.running++;
        this.body = body;
        try {
          return await this.write(inner, key, body, options);
        } finally {
          this.running--;
        }
      },
    });
  }

  /** Bytes that wait in the body. */
  get buffered(): number {
    return this.body instanceof Readable ? this.body.readableLength : 0;
  }

  resume(): void {
    this.pause = false;
    this.go();
  }

  private async write(
    inner: StorageBackend,
    key: string,
    body: Body,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    if (this.pause) {
      // Begins to read, so that the body fills up, and then waits.
      if (body instanceof Readable) body.read(0);
      await new Promise<void>((resolve) => (this.go = resolve));
    }
    if (this.failure) throw this.failure;
    if (body instanceof Readable) this.count(body);
    const info = await inner.put(key, body, options);
    this.committed.push(info.size);
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    return info;
  }

  /** A listener would make the body flow before the backend listens. */
  private count(body: Readable): void {
    const emit = body.emit.bind(body) as (...args: unknown[]) => boolean;
    body.emit = (...args: unknown[]) => {
      if (args[0] === 'data') this.received += (args[1] as Uint8Array).length;
      return emit(...args);
    };
  }
}
