import { throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions, OperationOptions } from '../../core/options.js';
import type { TransferMemory } from '../../core/transfer-memory.js';
import { asksEncryption, assertEncrypted } from './assert-encrypted.js';
import type { S3Headers } from './calls.js';
import { CopyInParts } from './copy-in-parts.js';
import { CopyThrough } from './copy-through.js';
import { classifyError } from './errors.js';
import { keptByParts } from './kept-headers.js';
import type { PartStoreParts } from './multipart/part-store-parts.js';
import { etagOf } from './object-info.js';
import { sameTags, taggingOf, type ObjectTags, type Tags } from './object-tags.js';

/** What a large copy stands on besides the requests of objects. */
export interface LargeCopyTools {
  readonly tags: ObjectTags;
  /** What bytes are held in that pass through this process. */
  readonly memory: () => TransferMemory;
}

/**
 * Copies what is too large for one CopyObject, or may not replace where that has no such condition: by an upload, to which all has to
 * be told that a copy keeps by itself.
 */
export class LargeCopier {
  private readonly inParts: CopyInParts;
  private readonly through: CopyThrough;
  private readonly tags: ObjectTags;

  constructor(
    private readonly parts: PartStoreParts,
    { tags, memory }: LargeCopyTools,
  ) {
    this.tags = tags;
    this.inParts = new CopyInParts(parts);
    this.through = new CopyThrough(parts, memory);
  }

  /**
   * @param source What a HEAD of the source answered.
   * @throws StorageError PRECONDITION_FAILED, reason `changed`, when the source is replaced or deleted meanwhile;
   * CONFLICT, reason `upload`, when the upload is aborted meanwhile, by a sweep of another process; PERMISSION_DENIED, reason `tags`,
   * when it has tags that may not be read: then nothing was copied. When the copy is there:
   * INTEGRITY, reason `tags` or `encryption`, without them; OUTCOME_UNKNOWN when it cannot be looked at, reason `tags` for those.
   */
  async copy(from: string, to: string, source: S3Headers, options: CopyOptions): Promise<ObjectInfo> {
    const { ifAbsent, signal } = options;
    // Before gigabytes are copied, not when they are.
    if (ifAbsent) await (await this.parts.conditions(options)).require('completeIfAbsent', to, signal);
    const tags = await this.tagsOf(from, source, { signal });
    const headers = {
      ...keptByParts(source, options.replace),
      ...(tags.size > 0 && { 'x-amz-tagging': taggingOf(tags) }),
    };
    // No part can be copied of what is empty.
    const isCopied = this.parts.profile.multipartCopy && source['content-length'] !== '0';
    const how = isCopied ? this.inParts : this.through;
    const info = await how.copy({ from, to, source, headers }, options).catch((error: unknown) => {
      throw withoutUpload(error);
    });
    if (asksEncryption(headers)) assertEncrypted(headers, await this.look(info, { signal }));
    if (tags.size > 0) await this.keepTags(info, tags, { signal });
    return info;
  }

  /** HEAD counts them for whoever may read them; the others hear nothing, and S3 has no other way to tell. */
  private async tagsOf(from: string, source: S3Headers, options: OperationOptions): Promise<Tags> {
    if (!(Number(source['x-amz-tagging-count'] ?? 0) > 0)) return new Map();
    try {
      return await this.tags.read(from, options);
    } catch (cause) {
      throwIfAborted(options.signal);
      const { code, retryAfterMs } = classifyError(cause);
      throw new StorageError(code, 'The source has tags, which cannot be read', {
        ...{ reason: 'tags', retryAfterMs, cause },
      });
    }
  }

  /** Ceph RGW takes the tags of an upload and forgets them. */
  private async keepTags(info: ObjectInfo, tags: Tags, options: OperationOptions): Promise<void> {
    let kept: Tags;
    try {
      kept = await this.tags.read(info.key, options);
    } catch (cause) {
      throw unknown('It was copied, but its tags cannot be looked at', cause, 'tags');
    }
    if (sameTags(kept, tags)) return;
    // Tags have no condition: those of an object that replaced the copy are not to be written to.
    await this.look(info, options);
    let failure: unknown;
    try {
      await this.tags.write(info.key, tags, options);
      if (sameTags(await this.tags.read(info.key, options), tags)) return;
    } catch (cause) {
      failure = cause;
    }
    throw new StorageError('INTEGRITY', 'It was copied, but the server has not all tags of its source', {
      ...{ reason: 'tags', cause: failure },
    });
  }

  /** What a HEAD tells of the copy. @throws StorageError OUTCOME_UNKNOWN when that is not there. */
  private async look({ key, etag }: ObjectInfo, options: OperationOptions): Promise<S3Headers> {
    let headers: S3Headers;
    try {
      ({ headers } = await this.parts.reader.headers(key, options));
    } catch (cause) {
      throw unknown('It was copied, but the copy cannot be looked at', cause);
    }
    if (etagOf(headers) === etag) return headers;
    throw unknown(`It was copied with the ETag ${etag}, and what is there now has ${etagOf(headers)}`);
  }
}

const unknown = (what: string, cause?: unknown, reason?: string): StorageError =>
  new StorageError('OUTCOME_UNKNOWN', what, { reason, cause });

/** Of a copy NOT_FOUND is its source, which is there when its upload is not: a sweep of another process has ended that. */
function withoutUpload(error: unknown): unknown {
  const { code } = StorageError.is(error) ? error : classifyError(error);
  if (code !== 'NOT_FOUND') return error;
  // Of one that could not be cleaned up, the cause says so.
  const { cause } = error as { readonly cause?: unknown };
  return new StorageError('CONFLICT', 'The upload that was to become the copy was aborted meanwhile', {
    ...{ reason: 'upload', cause: cause instanceof AggregateError ? cause : error },
  });
}
