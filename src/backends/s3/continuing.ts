import type { Readable } from 'node:stream';
import { StorageError } from '../../core/error.js';
import type { ContentRange, ObjectInfo } from '../../core/object.js';
import { ContinuedBody } from '../../transfer/continued-body.js';
import { partOf } from './answered-part.js';
import type { S3Calls, S3ContentAnswer, S3GetCall } from './calls.js';
import { Digest, SMALL_BODY, toldChecksum } from './digest.js';
import { classifyError } from './errors.js';
import { etagOf } from './object-info.js';
import { S3ResponseError } from './response-error.js';

/** What a body is of. */
interface Origin {
  readonly info: ObjectInfo;
  /** That was asked for. */
  readonly versionId: string | undefined;
  /** Of the object; absent: all of it. */
  readonly range: ContentRange | undefined;
}

/** How long to wait before a try, and whether at all: as Backoff has it. */
interface Pauses {
  next(attempts: number, elapsedMs: number): number | undefined;
  succeeded(attempts: number): void;
}

/** Makes the bodies of gets go on when they break off, by requests for the rest of the same object. */
export class Continuing {
  private closed = false;

  /** @param pauses Its tokens are those of all bodies, so that a storm ends. */
  constructor(
    private readonly calls: S3Calls,
    private readonly pauses: Pauses,
  ) {}

  /** The body of `answer`, which is the object or the range that was asked for. Small ones are not worth it. */
  bodyOf(answer: S3ContentAnswer, origin: Origin): Readable {
    const { info, range } = origin;
    const first = range?.start ?? 0;
    const last = range?.end ?? info.size - 1;
    const size = last - first + 1;
    if (size <= SMALL_BODY) return answer.body;
    const told = range ? undefined : toldChecksum(answer.headers);
    return new ContinuedBody(answer.body, {
      size,
      pause: (breaks, elapsedMs) => this.pauses.next(breaks, elapsedMs),
      recovered: (breaks) => this.pauses.succeeded(breaks + 1),
      digest: told && new Digest(told.algorithm, told.value),
      // RFC 9110, 13.1.1: a weak ETag matches no If-Match, so nothing could tell that the rest is of the same object.
      reopen: info.etag.startsWith('W/')
        ? undefined
        : (from, signal) => this.rest(origin, { start: first + from, end: last }, signal),
    });
  }

  /** From now on a body that breaks off fails: the client of the SDK would open connections again. */
  close(): void {
    this.closed = true;
  }

  /** @throws StorageError PRECONDITION_FAILED, reason `changed`, when the object is another one by now, or gone. */
  private async rest(
    { info, versionId }: Origin,
    range: ContentRange,
    signal: AbortSignal,
  ): Promise<Readable> {
    if (this.closed) throw new StorageError('UNAVAILABLE', 'The backend is closed', { reason: 'closed' });
    const headers = { range: `bytes=${range.start}-${range.end}`, 'if-match': `"${info.etag}"` };
    let answer: S3ContentAnswer;
    try {
      answer = await this.sameVersion(
        { key: info.key, headers, rest: true, signal },
        versionId,
        info.versionId,
      );
    } catch (error) {
      throw meaningOf(error);
    }
    try {
      const { size } = partOf(answer.status, answer.headers, range);
      if (etagOf(answer.headers) !== info.etag || size !== info.size) throw changed(undefined);
      return answer.body;
    } catch (error) {
      answer.body.on('error', () => undefined).destroy();
      throw error;
    }
  }

  /** With versions, an object that is replaced meanwhile is still there: by its version, where we may read it by that. */
  private async sameVersion(
    call: S3GetCall,
    asked: string | undefined,
    told: string | undefined,
  ): Promise<S3ContentAnswer> {
    if (asked !== undefined || told === undefined) return this.calls.get({ ...call, versionId: asked });
    try {
      return await this.calls.get({ ...call, versionId: told });
    } catch (error) {
      if (!(error instanceof S3ResponseError) || error.status !== 403) throw error;
      return this.calls.get(call);
    }
  }
}

function meaningOf(error: unknown): unknown {
  if (error instanceof S3ResponseError && [404, 412, 416].includes(error.status)) return changed(error);
  if (StorageError.is(error)) return error;
  const { code, reason, retryAfterMs } = classifyError(error);
  const why = error instanceof Error ? error.message : String(error);
  return new StorageError(code, `The rest of the body: ${why}`, { reason, retryAfterMs, cause: error });
}

function changed(cause: unknown): StorageError {
  const what = 'The object was replaced or deleted while it was read';
  return new StorageError('PRECONDITION_FAILED', what, { reason: 'changed', cause });
}
