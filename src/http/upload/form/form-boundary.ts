import { isMediaType } from '../../../core/media-type.js';
import { refusal } from '../../errors/refuse.js';
import { rawRequest, type HttpRequest } from '../../message/http-request.js';
import { badForm } from './form-refusal.js';

/** RFC 2046, 5.1.1. */
const MAX_BOUNDARY = 70;
const BOUNDARY = /;[ \t]*boundary=(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))/gi;

/**
 * The boundary of the form that `request` sends; undefined when it sends something else.
 * @throws StorageError TYPE_REFUSED for another multipart type or a Content-Encoding, INVALID_ARGUMENT for a boundary that
 * is none, and for several: readers choose differently among them.
 */
export function formBoundary(request: HttpRequest): string | undefined {
  const type = request.headers['content-type']?.trim() ?? '';
  if (!/^multipart\//i.test(type)) return undefined;
  assertOneType(request);
  if (!/^multipart\/form-data[ \t]*(?:;|$)/i.test(type))
    throw refusal('TYPE_REFUSED', 'A form is sent as multipart/form-data', 'multipart');
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw refusal('TYPE_REFUSED', 'Send the form without a Content-Encoding', 'content-encoding');
  if (!isMediaType(type)) throw badForm('The Content-Type is not well formed');
  const [first, second] = [...type.matchAll(BOUNDARY)];
  if (second) throw badForm('A form has one boundary');
  const boundary = first?.[1]?.replace(/\\(.)/g, '$1') ?? first?.[2] ?? '';
  if (boundary === '') throw badForm('The form has no boundary');
  if (boundary.length > MAX_BOUNDARY) throw badForm(`A boundary has at most ${MAX_BOUNDARY} characters`);
  return boundary;
}

/** Node keeps the first of several. */
function assertOneType(request: HttpRequest): void {
  const { rawHeaders } = rawRequest(request);
  const types = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'content-type');
  if (types.length > 1) throw badForm('Send one Content-Type');
}
