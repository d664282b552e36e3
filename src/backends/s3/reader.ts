import { StorageError } from '../../core/error.js';
import type { ObjectContent, ObjectInfo } from '../../core/object.js';
import type { ByteRange, GetOptions, HeadOptions } from '../../core/options.js';
import { lengthOf, partOf } from './answered-part.js';
import { assertVersion } from './assert-version.js';
import type { S3Calls, S3ContentAnswer, S3Headers } from './calls.js';
import type { Continuing } from './continuing.js';
import { infoOf } from './object-info.js';
import { S3ResponseError } from './response-error.js';

/** Milliseconds that a bucket counts as being there once it was. */
const BUCKET_KNOWN_MS = 60_000;

/** Gets and heads. */
export class Reader {
  private bucketKnownUntil = 0;

  /** @param keepsChecksum Whether the server tells the checksum that an object was stored with. */
  constructor(
    private readonly calls: S3Calls,
    private readonly keepsChecksum: boolean,
    private readonly continuing: Continuing,
  ) {}

  async head(key: string, { versionId, signal }: HeadOptions): Promise<ObjectInfo> {
    const { headers } = await this.headers(key, { versionId, signal });
    return infoOf(key, lengthOf(headers), headers);
  }

  /**
   * The headers that a HEAD answers. @throws S3ResponseError with a code, though a HEAD has no body that tells it; StorageError
   * UNSUPPORTED, reason `versionId`, for those of another version.
   */
  async headers(key: string, { versionId, signal }: HeadOptions): Promise<{ readonly headers: S3Headers }> {
    const look = () => this.calls.head({ key, versionId, headers: this.modes(), signal });
    const { headers } = await look().catch(async (error: unknown) => {
      const why = await this.explained(error, key, signal);
      if (why !== undefined) throw why as Error;
      // The SDK corrects its clock by what it asked for in between, and does not send the HEAD again.
      return look().catch(() => {
        throw error;
      });
    });
    assertVersion(headers, versionId);
    return { headers };
  }

  async get(key: string, options: GetOptions): Promise<ObjectContent> {
    const { range, ifMatch, ifNoneMatch, versionId, signal } = options;
    if (ifNoneMatch === '*') {
      await this.headers(key, { versionId, signal });
      throw new StorageError('NOT_MODIFIED', 'There is an object');
    }
    const headers: Record<string, string> = range ? { range: rangeHeader(range) } : this.modes();
    if (ifMatch !== undefined && ifMatch !== '*') headers['if-match'] = `"${ifMatch}"`;
    if (ifNoneMatch !== undefined) headers['if-none-match'] = `"${ifNoneMatch}"`;
    let answer: S3ContentAnswer;
    try {
      answer = await this.calls.get({ key, versionId, headers, signal });
    } catch (error) {
      if (ifNoneMatch === undefined && error instanceof S3ResponseError && error.status === 304)
        throw new StorageError('INTEGRITY', 'The server says "not modified" to no condition', {
          reason: 'protocol',
          cause: error,
        });
      throw (await this.explained(error, key, signal)) ?? error;
    }
    try {
      return this.contentOf(key, answer, options);
    } catch (error) {
      answer.body.on('error', () => undefined).destroy();
      throw error;
    }
  }

  private contentOf(
    key: string,
    answer: S3ContentAnswer,
    { range: wanted, versionId, ifMatch, ifNoneMatch }: GetOptions,
  ): ObjectContent {
    const { status, headers } = answer;
    assertVersion(headers, versionId);
    // RFC 9110, 15.3: any other success is a part, or not what the server has.
    if (!wanted && status !== 200) {
      throw new StorageError(
        'INTEGRITY',
        `The server answered with the status ${status} instead of the object`,
        {
          reason: 'range',
        },
      );
    }
    const part = wanted ? partOf(status, headers, wanted) : undefined;
    const size = part ? part.size : lengthOf(headers);
    const info = infoOf(key, size, headers);
    // A condition that the server, or a cache before it, has not looked at.
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== info.etag)
      throw new StorageError('PRECONDITION_FAILED', 'The object has another ETag');
    if (ifNoneMatch === info.etag) throw new StorageError('NOT_MODIFIED', 'The object has this ETag');
    const body = this.continuing.bodyOf(answer, { info, versionId, range: part?.range });
    return part ? { info, body, range: part.range } : { info, body };
  }

  private modes(): Record<string, string> {
    return this.keepsChecksum ? { 'x-amz-checksum-mode': 'ENABLED' } : {};
  }

  /**
   * An answer to a HEAD has no body, so it says neither why, nor whether the key is missing or the bucket. Undefined where what it was
   * refused for is no more.
   */
  private async explained(error: unknown, key: string, signal: AbortSignal | undefined): Promise<unknown> {
    if (!(error instanceof S3ResponseError) || error.code !== undefined) return error;
    if (error.status === 404 && !(await this.hasBucket(signal)))
      return new StorageError('BUCKET_NOT_FOUND', 'There is no such bucket', { cause: error });
    if (error.status !== 403 && error.status !== 400) return error;
    try {
      const { body } = await this.calls.get({ key, headers: { range: 'bytes=0-0' }, signal });
      body.on('error', () => undefined).destroy();
      return undefined;
    } catch (told) {
      return told instanceof S3ResponseError && told.status === error.status ? told : error;
    }
  }

  private async hasBucket(signal: AbortSignal | undefined): Promise<boolean> {
    if (performance.now() < this.bucketKnownUntil) return true;
    try {
      await this.calls.headBucket({ signal });
      this.bucketKnownUntil = performance.now() + BUCKET_KNOWN_MS;
    } catch (error) {
      if (error instanceof S3ResponseError && error.status === 404) return false;
      // Denied, most likely: then the bucket is there.
      if (!(error instanceof S3ResponseError)) throw error;
    }
    return true;
  }
}

function rangeHeader({ start, end, suffix }: ByteRange): string {
  return suffix === undefined ? `bytes=${start}-${end ?? ''}` : `bytes=-${suffix}`;
}
