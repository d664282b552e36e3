import type { S3Calls } from './calls.js';
import { etagOf } from './object-info.js';
import type { S3ConditionName } from './profile.js';
import { S3ResponseError } from './response-error.js';

/** Writers at once: a server that compares first and writes then lets several of them win. */
const WRITERS = 16;
const WRONG = '"00000000000000000000000000000000"';

/**
 * Tries on the server whether it honours a condition, on the object `key`, which nobody else has; it is removed again.
 * A condition that does not hold has to be refused, one that holds has to be granted, and of several writers at once
 * exactly one has to win. What only a rare race would show it does not find.
 */
export async function proveCondition(calls: S3Calls, name: S3ConditionName, key: string): Promise<boolean> {
  const to = `${key}-copy`;
  try {
    return await tests[name](calls, key, to);
  } finally {
    await Promise.all([key, to].map((one) => calls.delete({ key: one, headers: {} })));
  }
}

const put = (calls: S3Calls, key: string, headers: Record<string, string> = {}, text = 'stowage') =>
  calls.put({ key, headers, body: Buffer.from(text), repeatable: true });

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
    return !(await isRefused(calls.delete({ key, headers: { 'if-match': `"${etagOf(headers)}"` } })));
  },

  async copySourceIfMatch(calls, key, to) {
    const { headers } = await put(calls, key);
    const copy = (etag: string) =>
      calls.copy(key, { key: to, headers: { 'x-amz-copy-source-if-match': etag } });
    return (await isRefused(copy(WRONG))) && !(await isRefused(copy(`"${etagOf(headers)}"`)));
  },

  async copyIfAbsent(calls, key, to) {
    await put(calls, key);
    return hasOneWinner(() => calls.copy(key, { key: to, headers: { 'if-none-match': '*' } }));
  },
};

async function hasOneWinner(write: (text: string) => Promise<unknown>): Promise<boolean> {
  const refused = await Promise.all(
    Array.from({ length: WRITERS }, (_, i) => isRefused(write(`stowage ${i}`))),
  );
  return refused.filter((one) => !one).length === 1;
}

/** Whether the condition failed. That the server has no such condition is a success that it should not be. */
async function isRefused(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    if (!(error instanceof S3ResponseError)) throw error;
    if (error.status === 412 || error.status === 409) return true;
    if (error.status === 501 || error.status === 400) return false;
    throw error;
  }
}
