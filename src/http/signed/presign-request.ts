import { checkSignRead, checkSignWrite } from '../../core/check-sign-options.js';
import { StorageError } from '../../core/error.js';
import { keyProblem } from '../../core/key.js';
import type { SignReadOptions, SignUrlOptions } from '../../core/sign-options.js';
import type { SignMethod } from '../../core/signed-url.js';
import type { HttpRequest } from '../message/http-request.js';
import { disposition } from '../message/disposition.js';
import { readJson } from '../message/read-json.js';
import { refusal } from '../errors/refuse.js';
import type { StorageHttpOperation } from '../access/storage-operations.js';

const MAX_BODY = 16 * 1024;
/** Characters. */
const MAX_NAME = 255;
const MEMBERS = ['method', 'key', 'expiresIn', 'contentType', 'size', 'checksum', 'download'];
/** Which operation a URL of each method stands for. */
const OPERATIONS: ReadonlyMap<unknown, StorageHttpOperation> = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'upload'],
  ['POST', 'upload'],
  ['DELETE', 'delete'],
]);

/** A URL that a client asks for, checked. */
export interface PresignRequest {
  /** What the URL will do. */
  readonly operation: StorageHttpOperation;
  readonly method: SignMethod;
  /** Absent: an upload under a new key. */
  readonly key: string | undefined;
  readonly options: SignUrlOptions & { readonly method: SignMethod };
}

/** What the body of `request` asks for. @throws StorageError INVALID_ARGUMENT, TYPE_REFUSED, TOO_LARGE: each says what is wrong. */
export async function presignRequest(request: HttpRequest): Promise<PresignRequest> {
  const body = await readJson(request, MAX_BODY);
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw refusal('INVALID_ARGUMENT', `The body takes ${MEMBERS.join(', ')} and nothing else`, 'body');
  const { key, download, ...asked } = body;
  const operation = OPERATIONS.get(asked.method);
  if (operation === undefined)
    throw refusal(
      'INVALID_ARGUMENT',
      `The member method takes ${[...OPERATIONS.keys()].join(', ')}`,
      'method',
    );
  assertKeyOf(key, operation);
  const options = download === undefined ? asked : { ...asked, ...saved(download, key, operation) };
  try {
    if (operation === 'get') checkSignRead(options, undefined);
    else checkSignWrite(options, undefined);
  } catch (error) {
    if (!StorageError.is(error)) throw error;
    throw refusal('INVALID_ARGUMENT', error.message.replace(/^The option/, 'The member'), error.reason);
  }
  const known: unknown = options;
  const checked = known as PresignRequest['options'];
  return { operation, method: checked.method, key, options: checked };
}

/** Served as what is saved, not displayed: of another host than its own a page can ask that of the answer alone. */
function saved(
  download: unknown,
  key: string | undefined,
  operation: StorageHttpOperation,
): Pick<SignReadOptions, 'responseContentDisposition'> {
  const isName = typeof download === 'string' && download !== '' && download.length <= MAX_NAME;
  if (key === undefined || operation !== 'get' || !(isName || download === true))
    throw refusal(
      'INVALID_ARGUMENT',
      `The member download takes true or the name to save as, of at most ${MAX_NAME} characters, for a URL that reads`,
      'download',
    );
  const name = isName ? download : undefined;
  return { responseContentDisposition: disposition({ attachment: true, name, key }) };
}

function assertKeyOf(key: unknown, operation: StorageHttpOperation): asserts key is string | undefined {
  if (key === undefined) {
    if (operation === 'upload') return;
    throw refusal('INVALID_ARGUMENT', 'The member key is missing: only an upload makes a new one', 'key');
  }
  const problem = typeof key === 'string' ? keyProblem(key) : 'it is no string';
  if (problem !== undefined) throw refusal('INVALID_ARGUMENT', `The key is not valid: ${problem}`, 'key');
}
