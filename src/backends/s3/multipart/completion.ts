import { StorageError } from '../../../core/error.js';
import type { ObjectInfo } from '../../../core/object.js';
import type { CompleteUploadOptions, UploadConditions, UploadedPart } from '../../../core/part-store.js';
import { classifyError } from '../errors.js';
import { isFailedCondition, matching } from '../matching.js';
import { taken, unmatched } from '../refused-condition.js';
import { S3RequestError } from '../request-error.js';
import { S3ResponseError } from '../response-error.js';
import { unknownOutcome } from '../unknown-outcome.js';
import { rest } from '../rest.js';
import type { S3CompletedAnswer } from '../upload-calls.js';
import { judge } from '../wire/verdict.js';
import { CompletedObject } from './completed-object.js';
import { hasAllParts } from './has-all-parts.js';
import { isNoSuchUpload, noSuchUpload } from './no-such-upload.js';
import { kindOf, namedPart, wholeCrc32 } from './part-checksums.js';
import type { PartStoreParts } from './part-store-parts.js';

/** The least pause after a completion whose answer did not come in time, which the server may still work at; it doubles. */
const LATE_MS = 1_000;
/** How often parts that are there may be refused. */
const REFUSALS = 4;

/** An upload, and what is to become the object. */
export interface Completing {
  readonly key: string;
  readonly uploadId: string;
  readonly parts: readonly UploadedPart[];
}

/** What is known after the tries so far. */
interface Tried {
  readonly attempts: number;
  readonly began: number;
  /** Whether one of them may have had its effect. */
  readonly unsure: boolean;
  /** How many of them ran out of time: the server may still work at the last. */
  readonly late: number;
}

/** Makes objects of parts. A success is never reported as a failure, nor the other way round. */
export class Completion {
  constructor(private readonly parts: PartStoreParts) {}

  /** @throws StorageError UNSUPPORTED when the server does not hold to the conditions at the end of an upload. */
  async checkConditions(key: string, options: UploadConditions): Promise<void> {
    const { ifAbsent, ifMatch, signal } = options;
    if (!ifAbsent && ifMatch === undefined) return;
    const conditions = await this.parts.conditions(options);
    if (ifAbsent) await conditions.require('completeIfAbsent', key, signal);
    if (ifMatch !== undefined) await conditions.require('completeIfMatch', key, signal);
  }

  async complete(upload: Completing, options: CompleteUploadOptions): Promise<ObjectInfo> {
    const { ifAbsent, ifMatch, signal } = options;
    const { key } = upload;
    await this.checkConditions(key, options);
    const headers = { ...(ifAbsent && { 'if-none-match': '*' }) };
    if (ifMatch !== '*')
      return this.send(
        upload,
        { ...headers, ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }) },
        options,
      );
    return matching(this.parts.reader, key, { signal }, (etag) =>
      this.send(upload, { ...headers, 'if-match': `"${etag}"` }, { ...options, ifMatch: etag }),
    );
  }

  private async send(
    upload: Completing,
    conditions: Readonly<Record<string, string>>,
    options: CompleteUploadOptions,
  ): Promise<ObjectInfo> {
    const { calls, profile, reader } = this.parts;
    const { key, uploadId, parts } = upload;
    const object = new CompletedObject(reader, upload, options, profile.refusesNoUpload);
    const headers = { ...conditions, ...this.whole(parts, options) };
    const named = parts.map((part) => namedPart(profile, part));
    if (!profile.refusesNoUpload && !(await this.isPending(upload, options.signal))) {
      const own = await object.own();
      if (own) return own;
      throw noSuchUpload(undefined);
    }
    let tried: Tried = { attempts: 0, began: performance.now(), unsure: false, late: 0 };
    for (;;) {
      let answer: S3CompletedAnswer;
      try {
        answer = await calls.uploads.complete({
          key,
          uploadId,
          headers,
          parts: named,
          signal: options.signal,
        });
      } catch (error) {
        const unsure = tried.unsure || mayHaveHappened(error);
        const late = tried.late + (isLate(error) ? 1 : 0);
        tried = { ...tried, attempts: tried.attempts + 1, unsure, late };
        const info = await this.decide(error, tried, upload, object, options);
        if (info) return info;
        continue;
      }
      return object.finished(answer);
    }
  }

  /** The object when it is there all the same; undefined when the request is to be sent again. @throws what else became of it. */
  private async decide(
    error: unknown,
    tried: Tried,
    upload: Completing,
    object: CompletedObject,
    { ifAbsent, ifMatch, signal }: CompleteUploadOptions,
  ): Promise<ObjectInfo | undefined> {
    const { attempts, unsure } = tried;
    if (!(error instanceof S3ResponseError || error instanceof S3RequestError)) {
      // The signal, before a further try: an earlier one may still come true.
      const open = unsure && StorageError.is(error) && error.code !== 'OUTCOME_UNKNOWN';
      throw open ? unknownOutcome(error) : error;
    }
    const failedCondition = isFailedCondition(error);
    const gone = isNoSuchUpload(error);
    // Of an If-Match where there is no object S3 says 404, too.
    const unmet = gone && ifMatch !== undefined && error.code !== 'NoSuchUpload';
    // One that is aborted meanwhile has lost its parts, and some say no more.
    const lacking = classifyError(error).reason === 'parts';
    if (!unsure && !failedCondition && !gone && !lacking) {
      const failure = meaningOf(error, attempts);
      // The SDK sends it once, also where the server is too busy; our own code has tried it as often as is allowed.
      if (error.attempts > 1 || StorageError.is(failure)) throw failure;
      return this.rest(error, failure, tried, signal);
    }
    const own = await asked(() => object.own(), error, unsure);
    if (own) return own;
    const isAsked = unsure || lacking || unmet;
    const ended =
      (gone && !unmet) || (isAsked && !(await asked(() => this.isPending(upload, signal), error, unsure)));
    if (unsure && ended)
      throw new StorageError('OUTCOME_UNKNOWN', 'The upload has ended, and what is there now is not it', {
        reason: 'upload',
        cause: error,
      });
    if (ended) throw noSuchUpload(error);
    if (unmet && tried.late === 0)
      throw new StorageError('NOT_FOUND', 'There is no object to match', { cause: error });
    if (failedCondition) {
      const { reader } = this.parts;
      throw ifAbsent
        ? await taken(reader, error, upload.key, ifMatch !== undefined, { signal })
        : await unmatched(reader, error, upload.key, { signal });
    }
    if (lacking && attempts < REFUSALS) {
      const { key, uploadId, parts } = upload;
      const there = () => hasAllParts(this.parts.calls.uploads, { key, uploadId, signal }, parts);
      const pause = this.parts.tries.pause(attempts, performance.now() - tried.began, error);
      if (pause !== undefined && (await asked(there, error, unsure))) {
        await rest(pause, signal);
        return undefined;
      }
    }
    // It answered, and the upload is still there: so it was not completed. A lost answer may still come true, also behind
    // the refusal of a later try.
    const failure = error.after(attempts, error instanceof S3RequestError || tried.late > 0);
    return this.rest(error, failure, tried, signal);
  }

  /** Waits until it is worth another try. @throws `failure` when it is not. */
  private async rest(
    error: S3ResponseError | S3RequestError,
    failure: unknown,
    { attempts, began, late }: Tried,
    signal: AbortSignal | undefined,
  ): Promise<undefined> {
    const verdict = judge(error, true, Date.now());
    const again = verdict === 'again' || verdict === 'at-once';
    const least = late === 0 ? 0 : LATE_MS * 2 ** (late - 1);
    const { tries } = this.parts;
    const pause = again ? tries.pause(attempts, performance.now() - began, error, least) : undefined;
    if (pause === undefined) throw failure;
    await rest(pause, signal);
    return undefined;
  }

  /** The checksum of all parts, where the upload was begun with it. */
  private whole(
    parts: readonly UploadedPart[],
    { token }: CompleteUploadOptions,
  ): Readonly<Record<string, string>> {
    const type = kindOf(this.parts.profile, this.parts.checksum)['x-amz-checksum-type'];
    // MinIO refuses the checksum of nothing, AAAAAA==, as a mismatch; the size says as much.
    const empty = parts.every(({ size }) => size === 0);
    const crc32 = token === undefined || type === undefined || empty ? undefined : wholeCrc32(parts);
    if (type === undefined || !crc32) return {};
    return { 'x-amz-checksum-type': type, 'x-amz-checksum-crc32': crc32.value };
  }

  private async isPending({ key, uploadId }: Completing, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.parts.calls.uploads.listParts({ key, uploadId, after: 0, signal });
      return true;
    } catch (error) {
      if (isNoSuchUpload(error)) return false;
      throw error;
    }
  }
}

/** Whether nothing was answered in time, by us or by a gateway in between. */
function isLate(error: unknown): boolean {
  if (error instanceof S3ResponseError) return error.status === 504 && error.code === undefined;
  return error instanceof S3RequestError && error.sent && error.failure === 'timeout';
}

function mayHaveHappened(error: unknown): boolean {
  return (error as { readonly unsure?: boolean }).unsure === true;
}

/** An answer that decides what became of an upload. @throws StorageError OUTCOME_UNKNOWN when it cannot be had, and it matters. */
async function asked<T>(ask: () => Promise<T>, error: unknown, unsure: boolean): Promise<T> {
  try {
    return await ask();
  } catch (failure) {
    if (StorageError.is(failure, 'INTEGRITY') && failure.reason !== 'protocol') throw failure;
    if (!unsure) throw error;
    throw new StorageError('OUTCOME_UNKNOWN', 'It is not known whether the upload was completed', {
      reason: 'upload',
      cause: error,
    });
  }
}

/** S3 wants every part again after a conflict: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
function meaningOf(error: S3ResponseError | S3RequestError, attempts: number): unknown {
  if (error instanceof S3ResponseError && error.status === 409 && !error.unsure)
    return new StorageError('CONFLICT', 'Another write of the key came between: upload all parts again', {
      reason: 'restart',
      cause: error,
    });
  return error.after(attempts, error.unsure);
}
