import { discard } from '../../core/body.js';
import type { Body } from '../../core/backend.js';
import { wrongSize } from '../../core/consume.js';
import { FileBody } from '../../core/file-body.js';
import type { ObjectInfo } from '../../core/object.js';
import type { PutOptions } from '../../core/options.js';
import type { PartStore } from '../../core/part-store.js';
import { ProgressMeter } from '../../core/progress-meter.js';
import type { Rereadable } from '../../core/rereadable.js';
import type { RunningUploads } from '../../core/running-uploads.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import { upload } from '../../transfer/upload/upload.js';
import { classifyError } from './errors.js';

/** Bytes of a file that are read at once, and not while they are sent. */
const SMALL_FILE = 1024 * 1024;

/** What a Putter puts with. */
export interface PutterParts {
  /** Stores content by one request. */
  readonly whole: (key: string, content: Uint8Array | Rereadable, options: PutOptions) => Promise<ObjectInfo>;
  readonly store: PartStore;
  readonly running: RunningUploads;
  readonly memory: () => TransferMemory;
  /** Bytes that one request takes at most. */
  readonly maxSinglePut: number;
  readonly partSize: number | undefined;
  readonly concurrency: number | undefined;
}

/**
 * Stores bodies of any size: what is small by one request, the rest in parts. A stream is small when it ends within one part,
 * because no more of it is held.
 */
export class Putter {
  constructor(private readonly parts: PutterParts) {}

  /** @throws StorageError INVALID_ARGUMENT, TOO_LARGE, ABORTED …; what the server answers. */
  async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    if (body instanceof Uint8Array) {
      assertSize(options, body.byteLength);
      if (body.byteLength > this.parts.maxSinglePut) return this.upload(key, body, options, body.byteLength);
      return this.parts.whole(key, body, options);
    }
    if (!(body instanceof FileBody)) return this.upload(key, body, options, options.size);
    try {
      const { size } = await body.state();
      assertSize(options, size);
      if (size > this.parts.maxSinglePut) return await this.upload(key, body, options, size);
      const content = size > SMALL_FILE ? unchanged(body, size) : await readAll(body, size);
      return await this.parts.whole(key, content, options);
    } finally {
      discard(body);
    }
  }

  private async upload(
    key: string,
    body: Body,
    options: PutOptions,
    total: number | undefined,
  ): Promise<ObjectInfo> {
    const { store, running, memory, whole } = this.parts;
    const { partSize = this.parts.partSize, concurrency = this.parts.concurrency, onProgress } = options;
    const progress = onProgress && new ProgressMeter(onProgress, total);
    const chosen = { ...options, partSize, concurrency };
    try {
      return await upload(store, key, body, chosen, {
        memory: memory(),
        progress,
        running,
        whole: async (bytes) => {
          const info = await whole(key, bytes, { ...options, size: undefined });
          progress?.add(bytes.byteLength);
          return info;
        },
        classify: classifyError,
      });
    } finally {
      progress?.end();
    }
  }
}

function assertSize({ size }: PutOptions, actual: number): void {
  if (size !== undefined && size !== actual) throw wrongSize(size, String(actual));
}

/** A file, the end of which is only given when it is what it was: a request without its end stores nothing. */
function unchanged(body: FileBody, size: number): Rereadable {
  const whole = body.part(0, size);
  return {
    byteLength: size,
    read: async (start, end) => {
      const bytes = await whole.read(start, end);
      if (end === size) await body.assertUnchanged();
      return bytes;
    },
  };
}

async function readAll(body: FileBody, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(size);
  await body.readInto(bytes, 0);
  await body.assertUnchanged();
  return bytes;
}
