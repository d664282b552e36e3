import { StorageError, type StorageErrorCode } from '../../core/error.js';
import type { S3Calls } from './calls.js';
import { classifyError } from './errors.js';
import { etagOf } from './object-info.js';
import type { S3ConditionName } from './profile.js';
import { S3ResponseError } from './response-error.js';

/** Writers at once: a server that compares first and writes then lets several of them win. */
const WRITERS = 16;
const WRONG = '"00000000000000000000000000000000"';

/** What answers where a condition is not known, besides 501: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const NOT_KNOWN: ReadonlySet<string> = new Set(['InvalidArgument', 'InvalidRequest', 'NotImplemented']);
/** What a caller is told as it is: it says what to mend, and nothing of the outcome of the probe. */
const TOLD: ReadonlySet<StorageErrorCode> = new Set<StorageErrorCode>([
  ...(['UNAVAILABLE', 'TIMEOUT', 'THROTTLED', 'UNAUTHENTICATED', 'PERMISSION_DENIED'] as const),
  ...(['BUCKET_NOT_FOUND', 'NO_SPACE', 'ABORTED'] as const),
]);

/** What a write with a condition came to: done, refused for it, in another's way or in its own, or that the server has none. */
type Result = 'done' | 'refused' | 'beaten' | 'not-known';

/**
 * Tries on the server whether it honours a condition, on the object `key`, which nobody else has; it is removed again,
 * where that is allowed. A condition that does not hold has to be refused, one that holds has to be granted, and of several
 * writers at once exactly one has to win. What only a rare race would show it does not find.
 *
 * @throws what the server refused for, or StorageError UNAVAILABLE, when that leaves it open: ask again later.
 */
export async function proveCondition(calls: S3Calls, name: S3ConditionName, key: string): Promise<boolean> {
  const to = `${key}-copy`;
  try {
    return await tests[name](calls, key, to);
  } catch (error) {
    if (TOLD.has(classifyError(error).code)) throw error;
    throw undecided(error);
  } finally {
    // Who may write need not be allowed to delete: what is proven stays proven.
    await Promise.allSettled([key, to].map((one) => calls.delete({ key: one, headers: {} })));
  }
}

const put = (calls: S3Calls, key: string, headers: Record<string, string> = {}, text = 'stowage') =>
  calls.put({ key, headers, body: Buffer.from(text), repeatable: true });

/** An object that is uploaded in one part; one that is refused leaves no upload. */
async function upload(
  { uploads }: S3Calls,
  key: string,
  headers: Record<string, string>,
  text = 'stowage',
): Promise<unknown> {
  const { uploadId } = await uploads.create({ key, headers: {} });
  try {
    const part = { key, uploadId, number: 1, headers: {}, body: Buffer.from(text) };
    const etag = etagOf((await uploads.putPart(part)).headers);
    return await uploads.complete({ key, uploadId, headers, parts: [{ number: 1, etag }] });
  } catch (error) {
    await uploads.abort({ key, uploadId }).catch(() => undefined);
    throw error;
  }
}

const tests: Readonly<
  Record<S3ConditionName, (calls: S3Calls, key: string, to: string) => Promise<boolean>>
> = {
  putIfAbsent: (calls, key) => hasOneWinner((text) => put(calls, key, { 'if-none-match': '*' }, text)),

  async putIfMatch(calls, key) {
    const { headers } = await put(calls, key);
    if (!(await isRefused(put(calls, key, { 'if-match': WRONG })))) return false;
    const right = { 'if-match': `"${etagOf(headers)}"` };
    return hasOneWinner((text) => put(calls, key, right, text));
  },

  async deleteIfMatch(calls, key) {
    const { headers } = await put(calls, key);
    if (!(await isRefused(calls.delete({ key, headers: { 'if-match': WRONG } })))) return false;
    return isGranted(calls.delete({ key, headers: { 'if-match': `"${etagOf(headers)}"` } }));
  },

  async copySourceIfMatch(calls, key, to) {
    const { headers } = await put(calls, key);
    const copy = (etag: string) =>
      calls.copy(key, { key: to, headers: { 'x-amz-copy-source-if-match': etag } });
    return (await isRefused(copy(WRONG))) && isGranted(copy(`"${etagOf(headers)}"`));
  },

  async copyIfAbsent(calls, key, to) {
    await put(calls, key);
    return hasOneWinner(() => calls.copy(key, { key: to, headers: { 'if-none-match': '*' } }));
  },

  completeIfAbsent: (calls, key) =>
    hasOneWinner((text) => upload(calls, key, { 'if-none-match': '*' }, text)),

  async completeIfMatch(calls, key) {
    const { headers } = await put(calls, key);
    if (!(await isRefused(upload(calls, key, { 'if-match': WRONG })))) return false;
    const right = { 'if-match': `"${etagOf(headers)}"` };
    return hasOneWinner((text) => upload(calls, key, right, text));
  },
};

async function hasOneWinner(write: (text: string) => Promise<unknown>): Promise<boolean> {
  const ended = await Promise.allSettled(
    Array.from({ length: WRITERS }, (_, i) => resultOf(write(`stowage ${i}`))),
  );
  const results = ended.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  const winners = results.filter((one) => one === 'done').length;
  if (winners > 1 || results.includes('not-known')) return false;
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  if (winners === 0 && results.includes('beaten')) throw undecided(undefined);
  return winners === 1;
}

/** Whether a condition that does not hold was refused. */
async function isRefused(work: Promise<unknown>): Promise<boolean> {
  const result = await resultOf(work);
  return result === 'refused' || result === 'beaten';
}

/** Whether a condition that holds was granted. */
async function isGranted(work: Promise<unknown>): Promise<boolean> {
  const result = await resultOf(work);
  if (result === 'beaten') throw undecided(undefined);
  return result === 'done';
}

/** @throws what says neither. */
async function resultOf(work: Promise<unknown>): Promise<Result> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (!(error instanceof S3ResponseError) || error.unsure) throw error;
    const { status, code = '', attempts } = error;
    // At a second try it may be its own first one that it met.
    if (status === 412) return attempts === 1 ? 'refused' : 'beaten';
    if (status === 409) return 'beaten';
    if (status === 501 || (status === 400 && NOT_KNOWN.has(code))) return 'not-known';
    throw error;
  }
}

function undecided(cause: unknown): StorageError {
  return new StorageError('UNAVAILABLE', 'It is not known yet whether the server honours the condition', {
    reason: 'condition',
    cause,
  });
}
