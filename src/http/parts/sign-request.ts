import { contentTypeOf } from '../../core/content-type.js';
import type { StorageError } from '../../core/error.js';
import type { Asked } from '../access/asked.js';
import { refusal } from '../errors/refuse.js';
import type { HttpRequest } from '../message/http-request.js';
import { fileName } from '../message/file-name.js';
import { readJson } from '../message/read-json.js';
import type { ServedStorage, ServedStorages } from '../served-storages.js';
import { askedStep } from './asked-step.js';
import type { PartsStep } from './parts-request.js';

const MAX_BODY = 32 * 1024;
const MEMBERS = ['method', 'key', 'uploadId', 'partNumber', 'contentType', 'size'];
/** What Uppy puts before the name of a file: `crypto.randomUUID()`. */
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}-(?=.)/i;
const STEPS: Readonly<Record<string, PartsStep['action']>> = {
  PUT: 'part',
  GET: 'list',
  POST: 'complete',
  DELETE: 'abort',
};

/**
 * What the body of a `POST direct/sign` asks for: the request of `signRequest` of `@uppy/aws-s3`, and `size`. Its `key` is a name that
 * the client proposes, and from then on the ticket that it was given instead.
 * @throws StorageError INVALID_ARGUMENT, TYPE_REFUSED, TOO_LARGE; PERMISSION_DENIED, reason `ticket`.
 */
export async function signRequest(
  request: HttpRequest,
  served: ServedStorage,
  storages: ServedStorages,
): Promise<Asked> {
  const body = await readJson(request, MAX_BODY);
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw refusal('INVALID_ARGUMENT', `The body takes ${MEMBERS.join(', ')} and nothing else`, 'body');
  const { method, key, uploadId, partNumber, contentType, size } = body;
  if (typeof method !== 'string') throw wrong('method', 'PUT, POST, GET or DELETE');
  if (typeof key !== 'string' || key === '') throw wrong('key', 'the name of the file, or what create gave');
  if (size !== undefined && !isSize(size)) throw wrong('size', 'a whole number of bytes');
  if (uploadId !== undefined) {
    const action = Object.hasOwn(STEPS, method) ? STEPS[method] : undefined;
    if (action === undefined) throw wrong('method', 'PUT, POST, GET or DELETE');
    if (typeof uploadId !== 'string') throw wrong('uploadId', 'what create gave');
    const number = partNumber as number | undefined;
    return askedStep({ action, sealed: key, uploadId, number, size }, served, storages);
  }
  if (method !== 'POST' && method !== 'PUT') throw wrong('method', 'POST or PUT without an uploadId');
  if (contentType !== undefined && typeof contentType !== 'string')
    throw wrong('contentType', 'a media type');
  const name = fileName(key.replace(UUID, ''));
  const file = {
    name,
    // Of an upload in parts Uppy does not say it here.
    contentType: contentType ?? contentTypeOf(name),
    ...(size !== undefined && { size }),
  };
  return { file, parts: { action: method === 'POST' ? 'create' : 'put', file } };
}

const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && Number(size) >= 0;

const wrong = (member: string, what: string): StorageError =>
  refusal('INVALID_ARGUMENT', `The member ${member} takes ${what}`, member);
