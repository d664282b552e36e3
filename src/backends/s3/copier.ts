import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions, OperationOptions } from '../../core/options.js';
import { assertEncrypted } from './assert-encrypted.js';
import type { Conditions } from './conditions.js';
import type { S3Headers } from './calls.js';
import { keptByCopy } from './kept-headers.js';
import { LargeCopier, type LargeCopyTools } from './large-copier.js';
import type { PartStoreParts } from './multipart/part-store-parts.js';
import { etagOf, headersOf, infoOf } from './object-info.js';
import { taken } from './refused-condition.js';

/**
 * Copies inside the bucket. The source is asked for first: its size says whether one CopyObject takes it, its class and
 * encryption have to be told again, and what comes of it is compared with it. That is one HEAD for each copy.
 */
export class Copier {
  private readonly large: LargeCopier;

  constructor(
    private readonly parts: PartStoreParts,
    tools: LargeCopyTools,
  ) {
    this.large = new LargeCopier(parts, tools);
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<ObjectInfo> {
    const { ifMatch, ifAbsent, signal } = options;
    const { profile, reader } = this.parts;
    const conditions = await this.parts.conditions({ ifAbsent, ifMatch, signal });
    const pinned = ifMatch !== undefined && ifMatch !== '*';
    if (pinned) await conditions.require('copySourceIfMatch', to, signal);
    const asUpload = ifAbsent === true && (await this.isAbsentByUpload(conditions, to, signal));
    const { headers: source } = await reader.headers(from, { signal });
    if (pinned && etagOf(source) !== ifMatch)
      throw new StorageError('PRECONDITION_FAILED', 'The source has another ETag');
    const size = Number(source['content-length']);
    const info =
      size > profile.maxCopy || asUpload
        ? await this.large.copy(from, to, source, options)
        : await this.atOnce(from, to, source, options);
    return info;
  }

  /**
   * Whether a copy that does not replace is an upload that the server copies, because it has that condition for those alone.
   * @throws StorageError UNSUPPORTED, reason `copyIfAbsent`, where it has it for neither.
   */
  private async isAbsentByUpload(
    conditions: Conditions,
    to: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    try {
      await conditions.require('copyIfAbsent', to, signal);
      return false;
    } catch (error) {
      if (!StorageError.is(error, 'UNSUPPORTED') || !this.parts.profile.multipartCopy) throw error;
      try {
        await conditions.require('completeIfAbsent', to, signal);
        return true;
      } catch (other) {
        throw StorageError.is(other, 'UNSUPPORTED') ? error : other;
      }
    }
  }

  private async atOnce(
    from: string,
    to: string,
    source: S3Headers,
    { ifMatch, ifAbsent, replace, signal }: CopyOptions,
  ): Promise<ObjectInfo> {
    const { calls, reader } = this.parts;
    const headers: Record<string, string> = keptByCopy(source);
    // All of both at once: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    if (replace) Object.assign(headers, headersOf(replace), { 'x-amz-metadata-directive': 'REPLACE' });
    if (ifMatch !== undefined && ifMatch !== '*') headers['x-amz-copy-source-if-match'] = `"${ifMatch}"`;
    if (ifAbsent) headers['if-none-match'] = '*';
    let etag: string;
    try {
      ({ etag } = await calls.copy(from, { key: to, headers, signal }));
    } catch (error) {
      throw ifAbsent ? await taken(reader, error, to, ifMatch !== undefined, { signal }) : error;
    }
    const copy = await this.look(to, { signal });
    if (etagOf(copy) !== etag) {
      const what = `It was copied with the ETag ${etag}, and what is there now has ${etagOf(copy)}`;
      throw new StorageError('OUTCOME_UNKNOWN', what);
    }
    // Without that condition it may be a copy of what was there a moment later.
    const pinned = headers['x-amz-copy-source-if-match'] !== undefined;
    if (pinned && copy['content-length'] !== source['content-length'])
      throw new StorageError('INTEGRITY', 'The copy has another size than its source', { reason: 'copy' });
    assertEncrypted(headers, copy);
    return infoOf(to, Number(copy['content-length']), copy);
  }

  private async look(to: string, options: OperationOptions): Promise<S3Headers> {
    try {
      return (await this.parts.reader.headers(to, options)).headers;
    } catch (cause) {
      throw new StorageError('OUTCOME_UNKNOWN', 'It was copied, but the copy cannot be looked at', { cause });
    }
  }
}
