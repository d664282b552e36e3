import type { ServerResponse } from 'node:http';
import { rawRequest, type HttpRequest } from '../../message/http-request.js';
import type { StoredFile } from '../stored-file.js';
import { tooLarge } from '../too-large.js';
import type { UploadSession } from '../upload-session.js';
import type { UploadRules } from '../upload.options.js';
import { formBody } from './form-body.js';
import { formBoundary } from './form-boundary.js';
import { formBounds, type FormBounds } from './form-bounds.js';
import { FormReader } from './form-reader.js';

/** What a form has beside its files, and where its files are stored. */
export interface FormTarget {
  readonly session: UploadSession;
  readonly rules: Pick<UploadRules, 'maxSize' | 'maxFiles' | 'form'>;
  /** How many files each field takes. */
  readonly files: ReadonlyMap<string, number>;
}

/** What came of a form. */
export interface ReceivedForm {
  readonly body: object;
  /** In the order of the form. */
  readonly files: readonly StoredFile[];
}

/**
 * Stores the files of a form, one after the other while they come in. Undefined when the request has none.
 * @throws StorageError INVALID_ARGUMENT, TOO_LARGE, TYPE_REFUSED, ABORTED, and what the session throws. Then the body is let go.
 */
export async function receiveForm(
  request: HttpRequest,
  response: ServerResponse,
  { session, rules, files }: FormTarget,
): Promise<ReceivedForm | undefined> {
  const boundary = formBoundary(request);
  if (boundary === undefined) return undefined;
  const bounds = formBounds(rules);
  assertLength(request, bounds);
  const reader = new FormReader({ request: rawRequest(request), response, boundary, bounds, files });
  try {
    const stored: StoredFile[] = [];
    for (let part = await reader.next(); part; part = await reader.next())
      stored.push(await session.store(part));
    return { body: formBody(reader.fields), files: stored };
  } catch (error) {
    throw reader.stop(error);
  }
}

/** What says itself that it is too long is refused at once. */
function assertLength({ headers }: HttpRequest, { bytes, maxSize }: FormBounds): void {
  if (Number(headers['content-length'] ?? 0) > bytes) throw tooLarge(maxSize);
}
