import type { Readable } from 'node:stream';
import { discard, toBytes } from '../../core/body.js';
import { StorageError } from '../../core/error.js';
import type { LayeredBackend } from '../../core/layered-backend.js';
import type { ObjectInfo } from '../../core/object.js';
import type { CopyOptions, PutOptions } from '../../core/options.js';
import { BodyCheck } from './body-check.js';
import { copyPinned } from './copy-pinned.js';
import type { CopyToOptions, CopyToResult } from './copy-to.options.js';
import { assertKnownOptions } from '../../core/known-options.js';
import { sameContent } from './same-content.js';

/** Bytes of objects that are read as a whole before they are sent: then a target may be asked twice, and nothing wrong is sent at all. */
const WHOLE = 1024 * 1024;
const OPTIONS = ['versionId', 'ifMatch', 'ifAbsent', 'targetIfMatch', 'signal'];

/**
 * Copies `from` of `source` to `to` of `target`: by the storage itself where both are one place, else through this process,
 * with as much memory as a `put` of a stream takes.
 * @param beforeWrite Waited for before bytes that pass through here are handed to the target, when the source was found.
 * @throws StorageError of the side that failed; INTEGRITY, reason `checksum`, when what was read is not what the source says, so
 * that nothing was stored, and reason `copy` when the target tells something else of what it stored.
 */
export async function copyBetween(
  source: LayeredBackend,
  from: string,
  target: LayeredBackend,
  to: string,
  options: CopyToOptions,
  beforeWrite?: () => Promise<void>,
): Promise<CopyToResult> {
  assertKnownOptions('A copy', options, OPTIONS);
  const byItself = options.versionId === undefined && options.targetIfMatch === undefined;
  const copied = byItself ? await copyWithin(source, from, target, to, options) : undefined;
  return copied ?? copyThrough(source, from, target, to, options, beforeWrite);
}

/** Undefined where it is not one place, where who may write the copy may not read the source, and where a copy has no such condition. */
async function copyWithin(
  source: LayeredBackend,
  from: string,
  target: LayeredBackend,
  to: string,
  { ifMatch, ifAbsent, signal }: CopyToOptions,
): Promise<CopyToResult | undefined> {
  if (!target.isSamePlace(source)) return undefined;
  const found = await source.head(from, { signal });
  try {
    const copy = (conditions: CopyOptions) => target.copyFrom(source, from, to, conditions);
    const info = await copyPinned(copy, { ifMatch, ifAbsent, signal }, found.etag);
    const by = sameContent(found, info);
    return { info, source: found, serverSide: true, verified: { source: by, target: by } };
  } catch (error) {
    if (StorageError.is(error, 'PERMISSION_DENIED', 'UNSUPPORTED')) return undefined;
    throw error;
  }
}

async function copyThrough(
  source: LayeredBackend,
  from: string,
  target: LayeredBackend,
  to: string,
  { versionId, ifMatch, ifAbsent, targetIfMatch, signal }: CopyToOptions,
  beforeWrite?: () => Promise<void>,
): Promise<CopyToResult> {
  const { info: found, body } = await source.get(from, { versionId, ifMatch, signal });
  const check = new BodyCheck(found.checksum);
  const failure = (error: unknown) => source.bodyError(error, from);
  const kept: PutOptions = { ...contentOf(found), ifAbsent, ifMatch: targetIfMatch, signal };
  let info: ObjectInfo;
  try {
    await beforeWrite?.();
    if (found.size <= WHOLE) {
      const bytes = await toBytes(body, { signal, failure });
      check.update(bytes);
      assertWhole(check, found);
      info = await target.put(to, bytes, kept);
    } else {
      info = await target.put(to, checked(body, check, found, failure), { ...kept, size: found.size });
    }
  } finally {
    discard(body);
  }
  const same = check.matches(info.checksum);
  if (info.size !== check.size || same === false) {
    const what = `What the target tells of ${JSON.stringify(to)} is not what was sent`;
    throw new StorageError('INTEGRITY', what, { reason: 'copy', key: to });
  }
  const verified = {
    source: (check.matches() && found.checksum?.algorithm) || 'size',
    target: (same && info.checksum?.algorithm) || 'size',
  };
  return { info, source: found, serverSide: false, verified };
}

/** The chunks of `body`. Before its end it fails when it was not what the source said: a put stores nothing then. */
async function* checked(
  body: Readable,
  check: BodyCheck,
  found: ObjectInfo,
  failure: (error: unknown) => StorageError,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      check.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw failure(error);
  }
  assertWhole(check, found);
}

function assertWhole(check: BodyCheck, { key, size }: ObjectInfo): void {
  if (check.size !== size)
    throw new StorageError('INTEGRITY', `${JSON.stringify(key)} gave ${check.size} of ${size} bytes`, {
      key,
    });
  if (check.matches() !== false) return;
  const what = `${JSON.stringify(key)} has another checksum than the storage says`;
  throw new StorageError('INTEGRITY', what, { reason: 'checksum', key });
}

function contentOf(info: ObjectInfo): PutOptions {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata } = info;
  return { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata };
}
