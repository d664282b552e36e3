import { StorageError } from '../../../core/error.js';
import type { Checksum, ObjectInfo } from '../../../core/object.js';
import type { CompleteUploadOptions, UploadedPart } from '../../../core/part-store.js';
import type { S3Headers } from '../calls.js';
import { lengthOf } from '../answered-part.js';
import { toldChecksum } from '../digest.js';
import { classifyError } from '../errors.js';
import { UPLOAD_TOKEN } from '../metadata.js';
import { infoOf } from '../object-info.js';
import type { Reader } from '../reader.js';
import type { S3CompletedAnswer } from '../upload-calls.js';
import { wholeCrc32 } from './part-checksums.js';

/** The object that an upload becomes, by what a HEAD finds. */
export class CompletedObject {
  private readonly size: number;
  private readonly crc32: Checksum | undefined;

  /** @param believed Whether the server says of nothing that it was completed but of what was. */
  constructor(
    private readonly reader: Reader,
    private readonly upload: { readonly key: string; readonly parts: readonly UploadedPart[] },
    private readonly options: CompleteUploadOptions,
    private readonly believed: boolean,
  ) {
    const { parts } = upload;
    this.size = parts.reduce((sum, { size }) => sum + size, 0);
    this.crc32 = wholeCrc32(parts);
  }

  /**
   * The object that is there, when it is the one of this upload: its token says so.
   * @throws StorageError INTEGRITY when it is, and is not what was uploaded.
   */
  async own(): Promise<ObjectInfo | undefined> {
    const { token, signal } = this.options;
    if (token === undefined) return undefined;
    try {
      const { headers } = await this.reader.headers(this.upload.key, { signal });
      return headers[UPLOAD_TOKEN] === token ? this.verified(headers) : undefined;
    } catch (error) {
      if (classifyError(error).code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  /**
   * What is known of the object after the server has said that it is there: another one may have replaced it since.
   * @throws StorageError INTEGRITY when it is not what was uploaded; OUTCOME_UNKNOWN where the server tells no ETag, or
   * says so of uploads that are not there, and the object cannot be found.
   */
  async finished(answer: S3CompletedAnswer): Promise<ObjectInfo> {
    const { crc32 } = answer.checksums;
    if (answer.checksumType !== 'COMPOSITE' && crc32 !== undefined && !crc32.includes('-'))
      this.compare(crc32);
    const { token, signal } = this.options;
    let cause: unknown;
    let found: S3Headers | undefined;
    try {
      const { headers } = await this.reader.headers(this.upload.key, { signal });
      const { etag } = infoOf(this.upload.key, lengthOf(headers), headers);
      const ours = token === undefined ? etag === answer.etag : headers[UPLOAD_TOKEN] === token;
      if (ours || answer.etag === '') found = headers;
    } catch (error) {
      // Also an answer that says nothing of any object, as a proxy may give it.
      cause = error;
    }
    if (found) return this.verified(found);
    if (answer.etag === '' || !this.believed)
      throw new StorageError('OUTCOME_UNKNOWN', 'The server says that it is done, and it cannot be found', {
        reason: 'upload',
        cause,
      });
    const version = answer.headers['x-amz-version-id'];
    // That of a bucket without versions.
    const versionId = version === 'null' ? undefined : version;
    return {
      key: this.upload.key,
      size: this.size,
      etag: answer.etag,
      lastModified: dateOf(answer.headers),
      ...(this.crc32 && { checksum: this.crc32 }),
      ...(versionId !== undefined && { versionId }),
    };
  }

  private verified(headers: S3Headers): ObjectInfo {
    const info = infoOf(this.upload.key, lengthOf(headers), headers);
    if (info.size !== this.size)
      throw new StorageError('INTEGRITY', `The object has ${info.size} bytes, and its parts ${this.size}`, {
        reason: 'size',
      });
    const told = toldChecksum(headers);
    if (told?.algorithm === 'crc32') this.compare(told.value);
    return info;
  }

  private compare(told: string): void {
    if (this.crc32 && told !== this.crc32.value)
      throw new StorageError('INTEGRITY', 'The server made an object of another CRC-32 than the parts have', {
        reason: 'checksum',
      });
  }
}

function dateOf(headers: S3Headers): Date {
  const ms = Date.parse(headers['date'] ?? '');
  return new Date(Number.isNaN(ms) ? Date.now() : ms);
}
