import type { Readable } from 'node:stream';
import type { StorageBackend } from '../../../src/core/backend.js';
import type { ObjectContent } from '../../../src/core/object.js';
import type { GetOptions } from '../../../src/core/options.js';
import { altered } from './altered.js';

/** Counts the reads of a backend and the bodies that are open, and can change both. */
export class WatchedReads {
  readonly backend: StorageBackend;
  /** What is read instead of the object. */
  body: (() => Readable) | undefined;
  /** What happens before each read. */
  before: (() => Promise<void>) | undefined;
  /** What is made of what was read. */
  after: ((content: ObjectContent) => ObjectContent) | undefined;
  /** Reads until now. */
  gets = 0;
  /** Reads that have given nothing yet. */
  running = 0;
  /** Bodies that nobody has closed. */
  open = 0;

  constructor(inner: StorageBackend) {
    this.backend = altered(inner, {
      get: async (key, options) => {
        this.gets++;
        this.running++;
        try {
          return await this.read(inner, key, options);
        } finally {
          this.running--;
        }
      },
    });
  }

  private async read(inner: StorageBackend, key: string, options: GetOptions): Promise<ObjectContent> {
    await this.before?.();
    const content = await inner.get(key, options);
    const body = this.body?.() ?? content.body;
    if (body !== content.body) content.body.destroy();
    this.open++;
    body.once('close', () => this.open--);
    return this.after?.({ ...content, body }) ?? { ...content, body };
  }
}
