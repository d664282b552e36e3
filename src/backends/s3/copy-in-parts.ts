import { randomUUID } from 'node:crypto';
import { linkAbort, throwIfAborted } from '../../core/abort.js';
import { atOnce } from '../../core/at-once.js';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions } from '../../core/options.js';
import type { UploadedPart } from '../../core/part-store.js';
import type { S3Headers } from './calls.js';
import { changedSource } from './changed-source.js';
import { classifyError } from './errors.js';
import { UPLOAD_TOKEN } from './metadata.js';
import { abortUpload } from './multipart/abort-upload.js';
import { Completion } from './multipart/completion.js';
import type { PartStoreParts } from './multipart/part-store-parts.js';
import { etagOf } from './object-info.js';
import { withCleanUp } from '../../transfer/upload/with-clean-up.js';

/** Bytes of a part, unless the object has too many of them, or the server takes less. */
const PART = 256 * 1024 * 1024;
/** Parts that the server copies at once. */
const AT_ONCE = 8;

/** What is copied, and what the copy has to be told. */
export interface LargeCopy {
  readonly from: string;
  readonly to: string;
  /** What a HEAD of the source answered. */
  readonly source: S3Headers;
  /** Of the upload that becomes the copy. */
  readonly headers: S3Headers;
}

/** One upload, and what it is a copy of. */
interface Copying {
  readonly from: string;
  readonly to: string;
  readonly uploadId: string;
  readonly etag: string;
  readonly size: number;
}

/** Copies what is too large for one CopyObject: the server copies its parts, and makes one object of them. */
export class CopyInParts {
  private readonly completion: Completion;

  constructor(private readonly parts: PartStoreParts) {
    this.completion = new Completion(parts);
  }

  /**
   * @throws StorageError PRECONDITION_FAILED, reason `changed`. Whatever it throws but OUTCOME_UNKNOWN, no part is left, unless its
   * `cause` is an AggregateError: then they could not be removed.
   */
  async copy({ from, to, source, headers }: LargeCopy, options: CopyOptions): Promise<ObjectInfo> {
    const { ifAbsent, signal } = options;
    const { running, calls } = this.parts;
    const { uploads } = calls;
    // Before anything is begun: it throws where the server gave none.
    const etag = etagOf(source);
    const token = randomUUID();
    // Not ended by the signal: the id of an upload that was begun all the same would never be known.
    const { uploadId } = await running.begin(() =>
      uploads.create({ key: to, headers: { ...headers, [UPLOAD_TOKEN]: token } }),
    );
    const copying: Copying = { from, to, uploadId, etag, size: Number(source['content-length']) };
    try {
      throwIfAborted(signal);
      const parts = await this.copyParts(copying, signal);
      // Not every server compares the ETag of each part.
      await this.assertUnchanged(copying, signal);
      return await this.completion.complete({ key: to, uploadId, parts }, { ifAbsent, token, signal });
    } catch (error) {
      // Not by its signal, which may be what ended it; the error that matters is the first one. One that is open may be the object.
      const { code } = StorageError.is(error) ? error : classifyError(error);
      if (code === 'OUTCOME_UNKNOWN') throw error;
      await abortUpload(uploads, { key: to, uploadId }).catch((cleaning: unknown) => {
        throw withCleanUp(error, cleaning, classifyError);
      });
      throw error;
    } finally {
      running.end(uploadId);
    }
  }

  /** Ends when no part is on its way any more: after the first failure the others are ended. */
  private async copyParts(copying: Copying, signal: AbortSignal | undefined): Promise<UploadedPart[]> {
    const link = linkAbort(signal);
    let failure: { readonly error: unknown } | undefined;
    try {
      const copied = await atOnce(this.rangesOf(copying.size), AT_ONCE, async (range) => {
        if (failure) return undefined;
        try {
          return await this.copyPart(copying, range, link.signal);
        } catch (error) {
          failure ??= { error };
          link.abort(new StorageError('ABORTED', 'Another part could not be copied'));
          return undefined;
        }
      });
      if (failure) throw failure.error;
      return copied.filter((part) => part !== undefined);
    } finally {
      link.release();
    }
  }

  private async copyPart(
    { from, to, uploadId, etag }: Copying,
    { number, start, end }: { readonly number: number; readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): Promise<UploadedPart> {
    const headers = { 'x-amz-copy-source-if-match': `"${etag}"` };
    try {
      const part = await this.parts.calls.uploads.copyPart({
        ...{ key: to, uploadId, number, from, headers, signal },
        range: { start, end },
      });
      return { number, size: end - start + 1, etag: part.etag };
    } catch (error) {
      const gone = (error as { readonly code?: string }).code === 'NoSuchKey';
      throw gone ? changedSource(error) : error;
    }
  }

  private async assertUnchanged({ from, etag }: Copying, signal: AbortSignal | undefined): Promise<void> {
    try {
      const { headers } = await this.parts.reader.headers(from, { signal });
      if (etagOf(headers) === etag) return;
    } catch (error) {
      if (classifyError(error).code !== 'NOT_FOUND') throw error;
    }
    throw changedSource(undefined);
  }

  private rangesOf(size: number) {
    const { maxCopy, maxPart, maxParts } = this.parts.profile;
    const length = Math.min(Math.max(PART, Math.ceil(size / maxParts)), maxCopy, maxPart);
    return Array.from({ length: Math.ceil(size / length) }, (_, i) => ({
      number: i + 1,
      start: i * length,
      end: Math.min((i + 1) * length, size) - 1,
    }));
  }
}
