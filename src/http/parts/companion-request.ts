import { contentTypeOf } from '../../core/content-type.js';
import type { StorageError } from '../../core/error.js';
import { isObject } from '../../core/check-shape.js';
import type { Asked } from '../access/asked.js';
import type { DeclaredFile } from '../access/storage-authorize.js';
import { refusal } from '../errors/refuse.js';
import { fileName } from '../message/file-name.js';
import { rawQuery, type HttpRequest } from '../message/http-request.js';
import { readJson } from '../message/read-json.js';
import type { ServedStorage, ServedStorages } from '../served-storages.js';
import { askedStep } from './asked-step.js';
import { companionPath } from './companion-path.js';
import { MAX_COMPLETION } from './max-completion.js';
import { bareEtag, type NamedPart } from './named-part.js';
import type { PartsStep } from './parts-request.js';

const MAX_BODY = 32 * 1024;

/** `GET s3/params`: a whole file, in a form. Metadata of the client is not kept. */
export function paramsRequest(request: HttpRequest): Promise<Asked> {
  return Promise.resolve().then(() => {
    const query = rawQuery(request);
    const file = fileOf(query.get('filename'), query.get('type'));
    return { file, parts: { action: 'put', file } };
  });
}

/** `POST s3/multipart`: an upload in parts. Metadata of the client is not kept. */
export async function multipartRequest(request: HttpRequest): Promise<Asked> {
  const { filename, type } = await readJson(request, MAX_BODY);
  const file = fileOf(filename, type);
  return { file, parts: { action: 'create', file } };
}

function fileOf(filename: unknown, type: unknown): DeclaredFile {
  if (typeof filename !== 'string' || filename === '') throw wrong('filename', 'the name of the file');
  if (type !== undefined && type !== null && typeof type !== 'string') throw wrong('type', 'a media type');
  const name = fileName(filename);
  return { name, contentType: typeof type === 'string' && type !== '' ? type : contentTypeOf(name) };
}

/** `GET s3/multipart/<uploadId>`, and `…/<partNumber>`. */
export function readRequest(
  request: HttpRequest,
  served: ServedStorage,
  storages: ServedStorages,
): Promise<Asked> {
  return Promise.resolve().then(() => {
    const { sealed, uploadId, last } = companionPath(request);
    if (last === undefined) return askedStep({ action: 'list', sealed, uploadId }, served, storages);
    if (!/^[0-9]{1,5}$/.test(last)) throw wrong('partNumber', 'a number from 1 on');
    return askedStep({ action: 'part', sealed, uploadId, number: Number(last) }, served, storages);
  });
}

/** `POST s3/multipart/<uploadId>/complete`. */
export async function completeRequest(
  request: HttpRequest,
  served: ServedStorage,
  storages: ServedStorages,
): Promise<Asked> {
  const { sealed, uploadId, last } = companionPath(request);
  if (last !== 'complete') throw refusal('INVALID_ARGUMENT', 'The path ends in complete', 'upload');
  // Whoever has no ticket has nothing read.
  storages.tickets.peek('parts', sealed, served.name);
  const { parts } = await readJson(request, MAX_COMPLETION);
  if (!Array.isArray(parts)) throw wrong('parts', 'a list of { PartNumber, ETag }');
  const named: readonly NamedPart[] = parts.map((part: unknown) => {
    const { PartNumber: number, ETag: etag } = isObject(part) ? part : {};
    if (typeof number !== 'number' || typeof etag !== 'string')
      throw wrong('parts', 'a list of { PartNumber, ETag }');
    return { number, etag: bareEtag(etag) };
  });
  const step: PartsStep = { action: 'complete', sealed, uploadId, named };
  return askedStep(step, served, storages);
}

/** `DELETE s3/multipart/<uploadId>`. */
export function abortRequest(
  request: HttpRequest,
  served: ServedStorage,
  storages: ServedStorages,
): Promise<Asked> {
  return Promise.resolve().then(() => {
    const { sealed, uploadId, last } = companionPath(request);
    if (last !== undefined) throw refusal('INVALID_ARGUMENT', 'The path names no upload', 'upload');
    return askedStep({ action: 'abort', sealed, uploadId }, served, storages);
  });
}

const wrong = (member: string, what: string): StorageError =>
  refusal('INVALID_ARGUMENT', `The member ${member} takes ${what}`, member);
