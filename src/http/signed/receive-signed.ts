import type { Readable } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { contentTypeOf } from '../../core/content-type.js';
import { StorageError } from '../../core/error.js';
import type { PutOptions } from '../../core/options.js';
import type { SignedGrant } from '../../core/signed-requests.js';
import { admitContent } from '../upload/admit-content.js';
import { announceStored } from '../upload/announce-stored.js';
import { storedFile, type StoredFile } from '../upload/stored-file.js';
import { removeOrLog } from '../upload/remove-or-log.js';
import { takeBack } from '../upload/take-back.js';
import { sentContentType } from './keep-body.js';
import { fileName } from '../message/file-name.js';
import { rawRequest, type HttpRequest } from '../message/http-request.js';
import { refusal } from '../errors/refuse.js';
import type { ServedStorage } from '../served-storages.js';
import type { ResolvedRules } from '../upload/resolve-rules.js';
import { tooLarge } from '../upload/too-large.js';
import { cutOff, SignedBody } from './signed-body.js';
import { DEFAULT_MAX_SIZE } from '../upload/upload.options.js';

/**
 * Stores the body of a request as the object that its URL is signed for. The rules of the storage (`maxSize`, `types`) hold
 * whatever is signed.
 * @throws StorageError PERMISSION_DENIED for another type or length than was signed, TYPE_REFUSED, TOO_LARGE, INTEGRITY,
 * INVALID_ARGUMENT, ABORTED when the client is gone, CONTENT_REFUSED and UNAVAILABLE by the scanner, and what `put` throws: then
 * nothing is stored, and what was there before still is. What `onStored` throws: then neither is there, unless `keepOnError` is set.
 */
export async function receiveSigned(
  request: HttpRequest,
  response: ServerResponse,
  { storage, options, pending }: ServedStorage,
  grant: SignedGrant,
): Promise<StoredFile> {
  // What is sent below the pending prefix is looked at when it is admitted, and announced then.
  const rules: ResolvedRules = pending?.hides(grant.key) ? { maxSize: options.maxSize } : options;
  const raw = rawRequest(request);
  const type = sentContentType(raw);
  const length = request.headers['content-length'];
  const maxSize = rules.maxSize ?? DEFAULT_MAX_SIZE;
  if (grant.contentType !== undefined && type !== grant.contentType) throw notSigned('Content-Type');
  if (grant.size !== undefined && length !== undefined && Number(length) !== grant.size)
    throw notSigned('Content-Length');
  if (Math.max(grant.size ?? 0, Number(length ?? 0)) > maxSize) throw tooLarge(maxSize);
  assertPlain(request);
  assertUnread(raw);
  // While the signature was looked at: it tells nobody a second time.
  if (raw.destroyed) throw cutOff();
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.complete) gone.abort();
  });
  const source = new SignedBody(raw, { maxSize, size: grant.size, checksum: grant.checksum });
  const declared = grant.contentType ?? type ?? contentTypeOf(grant.key);
  const name = fileName(grant.key);
  // An interceptor of the application may have answered: for a time-out, say.
  let admitted: Readable = source;
  const onClosed = (): void => {
    source.destroy(cutOff());
    // The scanner may still have it. What has ended may be stored already, and then it is announced as any other.
    if (response.writableEnded && !admitted.readableEnded) gone.abort();
  };
  response.once('close', onClosed);
  let stored: StoredFile;
  try {
    const { contentType, body } = await admitContent(source, { name, declared }, rules);
    admitted = body;
    const object = await storage.put(grant.key, body, {
      contentType,
      metadata: grant.metadata,
      ...conditionsOf(request),
      signal: gone.signal,
    });
    stored = storedFile(storage.name, object, { name, contentType, field: '' });
  } catch (error) {
    const { errored } = source;
    source.destroy();
    // The storage wraps the error of a body in its own words; those of the body are fit for the client.
    throw StorageError.is(errored) ? errored : error;
  } finally {
    response.off('close', onClosed);
  }
  try {
    await announceStored([stored], { request, storage, via: 'signed-url' }, rules);
  } catch (error) {
    if (!rules.keepOnError)
      await removeOrLog('A signed upload that onStored refused', () => takeBack(storage, stored));
    throw error;
  }
  return stored;
}

/** The conditions that S3 takes too: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function conditionsOf({ headers }: HttpRequest): Pick<PutOptions, 'ifAbsent' | 'ifMatch'> {
  const ifNoneMatch = headers['if-none-match']?.trim();
  const ifMatch = headers['if-match']?.trim();
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    throw refusal('INVALID_ARGUMENT', 'If-None-Match takes * of an upload', 'if-none-match');
  if (ifMatch !== undefined && !/^(?:\*|"[^"]+")$/.test(ifMatch))
    throw refusal('INVALID_ARGUMENT', 'If-Match takes one ETag in quotes, or *', 'if-match');
  return { ...(ifNoneMatch !== undefined && { ifAbsent: true }), ...(ifMatch !== undefined && { ifMatch }) };
}

/** Nothing is kept of a coding, so that what was compressed would come back as something else. */
function assertPlain({ headers }: HttpRequest): void {
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw refusal('TYPE_REFUSED', 'Send the body without a Content-Encoding', 'content-encoding');
}

/** A middleware that parses bodies leaves nothing of them. */
function assertUnread(raw: IncomingMessage): void {
  if (raw.readableDidRead)
    throw new Error('The body of a signed upload was read before it could be stored: by which middleware?');
}

function notSigned(header: string): StorageError {
  return refusal('PERMISSION_DENIED', `The ${header} is not the one that was signed`, header.toLowerCase());
}
