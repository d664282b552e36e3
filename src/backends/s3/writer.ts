import { randomUUID } from 'node:crypto';
import { StorageError } from '../../core/error.js';
import type { Checksum, ObjectInfo } from '../../core/object.js';
import type { DeleteOptions, OperationOptions, PutOptions } from '../../core/options.js';
import type { Rereadable } from '../../core/rereadable.js';
import type { S3Answer, S3Calls } from './calls.js';
import type { Conditions } from './conditions.js';
import { deleteOne } from './delete-one.js';
import { toldChecksum } from './digest.js';
import { classifyError } from './errors.js';
import { inTurn } from './in-turn.js';
import { matching } from './matching.js';
import { UPLOAD_TOKEN } from './metadata.js';
import { checksumOfPart } from './multipart/part-checksums.js';
import { headersOf, infoOf, storedInfo } from './object-info.js';
import type { S3ChecksumName } from './profile.js';
import type { Reader } from './reader.js';
import { taken, unmatched } from './refused-condition.js';
import { S3ResponseError } from './response-error.js';

/** What is known of an object that was sent. */
interface Sent {
  readonly size: number;
  readonly checksum: Checksum | undefined;
  readonly token: string | undefined;
}

/** Puts and deletes. */
export class Writer {
  constructor(
    private readonly calls: S3Calls,
    private readonly reader: Reader,
    private readonly conditions: Conditions,
    private readonly checksum: S3ChecksumName | 'none',
    /** Whether the server deletes the version that it is told, and no other. */
    private readonly deletesVersions: boolean,
  ) {}

  /** Stores content by one request. What can be read again is read twice, for its checksum and while it is sent. */
  async put(key: string, content: Uint8Array | Rereadable, options: PutOptions): Promise<ObjectInfo> {
    const { ifAbsent, ifMatch, signal } = options;
    if (ifAbsent) await this.conditions.require('putIfAbsent', key, signal);
    if (ifMatch !== undefined) await this.conditions.require('putIfMatch', key, signal);
    const bytes = inTurn(content);
    if (ifMatch === '*')
      return matching(this.reader, key, { signal }, (etag) =>
        this.store(key, bytes, { ...options, ifMatch: etag }),
      );
    return this.store(key, bytes, options);
  }

  async delete(key: string, options: DeleteOptions): Promise<void> {
    const { ifMatch, versionId, signal } = options;
    if (ifMatch === undefined) {
      if (versionId !== undefined && !this.deletesVersions) await this.lookForVersion(key, versionId, signal);
      await deleteOne(this.calls, { key, versionId, headers: {}, signal });
      return;
    }
    await this.conditions.require('deleteIfMatch', key, signal);
    await matching(this.reader, key, { versionId, signal }, async (etag) => {
      if (ifMatch !== '*' && ifMatch !== etag)
        throw new StorageError('PRECONDITION_FAILED', 'The object has another ETag');
      // Of an object that is gone meanwhile some servers say 204, others 404 or 412: it is gone.
      await this.calls.delete({
        key,
        versionId,
        headers: { 'if-match': this.conditions.etag(etag) },
        signal,
      });
    });
  }

  /** Whoever deletes an old version must not lose the object itself. @throws StorageError UNSUPPORTED, NOT_FOUND, reason `version`. */
  private async lookForVersion(
    key: string,
    versionId: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      await this.reader.headers(key, { versionId, signal });
    } catch (error) {
      const { code } = classifyError(error);
      if (StorageError.is(error)) throw error;
      // A delete marker is a version of which there is nothing to look at: 405.
      if (code === 'UNSUPPORTED') return;
      if (code !== 'NOT_FOUND') throw error;
      const what = 'There is no such version, and the server may delete another one instead';
      throw new StorageError('NOT_FOUND', what, { reason: 'version', cause: error });
    }
  }

  private async store(key: string, bytes: Uint8Array | Rereadable, options: PutOptions): Promise<ObjectInfo> {
    const { ifAbsent, ifMatch, signal } = options;
    const sum = await checksumOfPart(this.checksum, bytes, signal);
    const checksum = sum?.checksum;
    const headers = { ...headersOf(options), ...sum?.headers };
    if (ifAbsent) headers['if-none-match'] = '*';
    if (ifMatch !== undefined) headers['if-match'] = this.conditions.etag(ifMatch);
    const token = ifAbsent || ifMatch !== undefined ? randomUUID() : undefined;
    if (token !== undefined) headers[UPLOAD_TOKEN] = token;
    let answer: S3Answer;
    try {
      answer = await this.calls.put({ key, headers, body: bytes, repeatable: true, signal });
    } catch (error) {
      if (token === undefined) throw error;
      const own = await this.ownWrite(error, key, token, { signal });
      if (own) return own;
      throw ifAbsent
        ? await taken(this.reader, error, key, false, { signal })
        : await unmatched(this.reader, error, key, { signal });
    }
    const told = answer.headers[`x-amz-checksum-${checksum?.algorithm}`];
    if (checksum && told !== undefined && told !== checksum.value && !told.includes('-')) {
      throw new StorageError('INTEGRITY', `The server stored it with another ${checksum.algorithm}`, {
        reason: 'checksum',
      });
    }
    if (!answer.headers['etag'])
      return this.found(key, { size: bytes.byteLength, checksum, token }, { signal });
    // What was sent, and of the answer only what tells of the object: a proxy may add a Cache-Control of its own.
    return storedInfo(key, bytes.byteLength, options, answer.headers, checksum);
  }

  /**
   * What is told of an object that was just put, by a HEAD, which may find an older or a newer one instead.
   * @throws StorageError OUTCOME_UNKNOWN when it does, or finds nothing.
   */
  private async found(
    key: string,
    { size, checksum, token }: Sent,
    options: OperationOptions,
  ): Promise<ObjectInfo> {
    let cause: unknown;
    try {
      const { headers } = await this.reader.headers(key, options);
      const info = infoOf(key, Number(headers['content-length']), headers);
      const told = toldChecksum(headers);
      const sameBytes =
        info.size === size && (told?.algorithm !== checksum?.algorithm || told?.value === checksum?.value);
      if (sameBytes && (token === undefined || headers[UPLOAD_TOKEN] === token)) return info;
    } catch (error) {
      cause = error;
    }
    const message = 'The server took it without an ETag, and what is there now is not known to be it';
    throw new StorageError('OUTCOME_UNKNOWN', message, { cause });
  }

  /**
   * Whether a put which ended with `error` had stored the object all the same: it has the token of this very put. Its own first
   * try may be what the condition failed for, even where the service had said that it did not begin.
   */
  private async ownWrite(
    error: unknown,
    key: string,
    token: string,
    options: OperationOptions,
  ): Promise<ObjectInfo | undefined> {
    const { unsure } = error as { readonly unsure?: boolean };
    const second =
      error instanceof S3ResponseError && error.attempts > 1 && [409, 412].includes(error.status);
    if (!unsure && !second) return undefined;
    try {
      const { headers } = await this.reader.headers(key, options);
      if (headers[UPLOAD_TOKEN] !== token) return undefined;
      return infoOf(key, Number(headers['content-length']), headers);
    } catch {
      // It could not be decided: the first error says so.
      return undefined;
    }
  }
}
