import { types } from 'node:util';
import { discard, toBody, type BodyInput } from '../../core/body.js';
import { StorageError } from '../../core/error.js';
import { FileBody } from '../../core/file-body.js';
import type { Rereadable } from '../../core/rereadable.js';
import { changeOf, fingerprintOf, type Fingerprint } from './fingerprint.js';

/** What can be uploaded by several processes, one after the other: bytes that are there again after a crash. */
export class ResumableSource {
  private constructor(
    readonly body: FileBody | Uint8Array,
    readonly fingerprint: Fingerprint,
  ) {}

  /**
   * @throws StorageError INVALID_ARGUMENT, reason `body`, for a stream; what a file that cannot be read fails with.
   * Then the source is destroyed.
   */
  static async open(input: BodyInput): Promise<ResumableSource> {
    const body = toBody(input);
    try {
      if (!types.isUint8Array(body) && !(body instanceof FileBody)) throw unrepeatable();
      return new ResumableSource(body, await fingerprintOf(body));
    } catch (error) {
      discard(body);
      throw error;
    }
  }

  get size(): number {
    return this.fingerprint.size;
  }

  /** The bytes from `start` on, `byteLength` of them. */
  part(start: number, byteLength: number): Uint8Array | Rereadable {
    const { body } = this;
    return body instanceof FileBody ? body.part(start, byteLength) : body.subarray(start, start + byteLength);
  }

  /** @throws StorageError ABORTED, reason `changed`, when it is not what an upload was started with. */
  assertSame(before: Fingerprint): void {
    const change = changeOf(before, this.fingerprint);
    if (change !== undefined) throw changed(change);
  }

  /** @throws StorageError ABORTED, reason `changed`, when a file was written to since it was opened. */
  async assertUnchanged(): Promise<void> {
    if (this.body instanceof FileBody) await this.body.assertUnchanged();
  }

  close(): void {
    discard(this.body);
  }
}

/** What an upload fails with whose source is not what it was. */
export function changed(why: string): StorageError {
  return new StorageError('ABORTED', `The source has changed since the upload was started: ${why}`, {
    reason: 'changed',
  });
}

function unrepeatable(): StorageError {
  return new StorageError(
    'INVALID_ARGUMENT',
    'A resumable upload takes a FileBody, bytes or a string: a stream is gone with the process that reads it. ' +
      'Write it to a file first, or leave resumable out',
    { reason: 'body' },
  );
}
