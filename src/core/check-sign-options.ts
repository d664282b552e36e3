import { checkOptions } from './check-options.js';
import { isObject, show } from './check-shape.js';
import { StorageError } from './error.js';
import type { ContentHeaders } from './object.js';
import type {
  SignDeleteOptions,
  SignedChecksum,
  SignOptions,
  SignPartOptions,
  SignReadOptions,
  SignUploadOptions,
  SignWriteOptions,
} from './sign-options.js';
import type { SignMethod } from './signed-url.js';

/** Seconds when nothing else is said. */
export const DEFAULT_EXPIRY = 900;
/** Seconds: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
export const MAX_EXPIRY = 604_800;
const CHECKSUM_BYTES: ReadonlyMap<unknown, number> = new Map([
  ['crc32', 4],
  ['sha256', 32],
]);

/** Which header of the answer each option replaces. */
const RESPONSE = {
  responseContentType: 'contentType',
  responseContentDisposition: 'contentDisposition',
  responseContentEncoding: 'contentEncoding',
  responseContentLanguage: 'contentLanguage',
  responseCacheControl: 'cacheControl',
} as const satisfies Readonly<Record<string, keyof ContentHeaders>>;
type ResponseOption = keyof typeof RESPONSE;
const RESPONSE_OPTIONS = Object.keys(RESPONSE) as ResponseOption[];
const COMMON = ['signal', 'method', 'expiresIn'] as const;
const OPTIONS: Readonly<Record<SignMethod, readonly string[]>> = {
  GET: [...COMMON, 'cacheable', 'versionId', ...RESPONSE_OPTIONS],
  HEAD: [...COMMON, 'cacheable', 'versionId', ...RESPONSE_OPTIONS],
  PUT: [...COMMON, 'contentType', 'size', 'checksum', 'metadata'],
  POST: [...COMMON, 'contentType', 'size', 'maxSize', 'checksum', 'metadata'],
  DELETE: COMMON,
};

const PART: readonly string[] = ['signal', 'expiresIn', 'size'];

/** What is to be signed for a part, checked. */
export type CheckedPartOptions = Pick<CheckedSignOptions, 'expiresIn' | 'size' | 'signal'>;

/** What is to be signed, checked. What is undefined is not bound by the signature. */
export interface CheckedSignOptions {
  readonly method: SignMethod;
  /** Seconds. */
  readonly expiresIn: number;
  /** Seconds within which the same URL has to come back; 0: each has its own. */
  readonly windowSeconds: number;
  readonly versionId?: string | undefined;
  /** Headers of the answer that replace those of the object. */
  readonly response: ContentHeaders;
  readonly contentType?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** Bytes, at most. */
  readonly maxSize?: number | undefined;
  readonly checksum?: SignedChecksum | undefined;
  /** Names in lower case. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws StorageError INVALID_ARGUMENT. */
export function checkSignRead(options: SignReadOptions, expiry: number | undefined): CheckedSignOptions {
  const { method = 'GET', versionId, signal } = options;
  assertMethod(method, ['GET', 'HEAD']);
  assertKnown(method, options);
  const expiresIn = checkExpiry(options, expiry);
  if (versionId !== undefined && (typeof versionId !== 'string' || versionId === ''))
    refuse('versionId', 'takes the id of a version');
  return {
    method,
    expiresIn,
    windowSeconds: checkWindow(options.cacheable, expiresIn),
    response: checkResponse(options),
    versionId,
    signal,
  };
}

/** @throws StorageError INVALID_ARGUMENT. */
export function checkSignWrite(options: SignWriteOptions, expiry: number | undefined): CheckedSignOptions {
  const { method = 'PUT', signal } = options;
  assertMethod(method, ['PUT', 'POST', 'DELETE']);
  assertKnown(method, options);
  const expiresIn = checkExpiry(options, expiry);
  const checked = { method, expiresIn, windowSeconds: 0, response: {}, signal };
  if (isDelete(options)) return checked;
  const { contentType, size, maxSize, checksum, metadata } = options;
  if (maxSize !== undefined && !(isWhole(maxSize) && maxSize >= 0))
    refuse('maxSize', 'takes a whole number of bytes');
  // The type of the key's extension, which it fills in, does not matter here.
  const put = checkOptions.put('', { contentType, size, metadata });
  if (checksum !== undefined) checkChecksum(checksum);
  return { ...checked, contentType, size, maxSize, checksum, metadata: put.metadata };
}

/** @throws StorageError INVALID_ARGUMENT. */
export function checkSignPart(options: SignPartOptions, expiry: number | undefined): CheckedPartOptions {
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (given[name] === undefined || PART.includes(name)) continue;
    refuse(name, 'is none of a URL for a part');
  }
  const { size, signal } = options;
  if (size !== undefined && !(isWhole(size) && size >= 0)) refuse('size', 'takes a whole number of bytes');
  return { expiresIn: checkExpiry(options, expiry), size, signal };
}

const isDelete = (options: SignWriteOptions): options is SignDeleteOptions => options.method === 'DELETE';

function assertMethod(method: unknown, methods: readonly SignMethod[]): void {
  const known: readonly unknown[] = methods;
  if (!known.includes(method)) refuse('method', `takes ${methods.join(', ')}, not ${show(method)}`);
}

function assertKnown(
  method: SignMethod,
  options: SignReadOptions | SignUploadOptions | SignDeleteOptions,
): void {
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (given[name] === undefined || OPTIONS[method].includes(name)) continue;
    refuse(name, `is none of a URL for ${method}`);
  }
}

function checkExpiry(options: SignOptions, expiry: number | undefined): number {
  const { expiresIn = expiry ?? DEFAULT_EXPIRY } = options;
  if (isWhole(expiresIn) && expiresIn >= 1 && expiresIn <= MAX_EXPIRY) return expiresIn;
  return refuse(
    'expiresIn',
    `takes a whole number of seconds from 1 to ${MAX_EXPIRY}, not ${show(expiresIn)}`,
  );
}

function checkWindow(cacheable: SignReadOptions['cacheable'], expiresIn: number): number {
  if (cacheable === undefined || cacheable === false) return 0;
  const left = MAX_EXPIRY - expiresIn;
  if (left < 1)
    refuse('cacheable', `leaves no time for a window: pass expiresIn of less than ${MAX_EXPIRY} seconds`);
  if (cacheable === true) return Math.min(expiresIn, left);
  const seconds = isObject(cacheable) ? cacheable.windowSeconds : undefined;
  if (isWhole(seconds) && seconds >= 1 && seconds <= left) return seconds;
  return refuse(
    'cacheable',
    `takes true or { windowSeconds } from 1 to ${left}, which with expiresIn is ${MAX_EXPIRY}`,
  );
}

function checkResponse(options: SignReadOptions): ContentHeaders {
  const headers: Partial<Record<keyof ContentHeaders, string>> = {};
  for (const option of RESPONSE_OPTIONS) {
    const value: unknown = options[option];
    if (value === undefined) continue;
    const name = RESPONSE[option];
    if (typeof value !== 'string' || value === '') refuse(option, 'takes the value of a header');
    try {
      checkOptions.put('', { [name]: value });
    } catch (error) {
      if (!StorageError.is(error)) throw error;
      refuse(option, error.message.replace(/^The option \S+ /, ''));
    }
    headers[name] = value;
  }
  return headers;
}

function checkChecksum(checksum: unknown): void {
  const { algorithm, value } = isObject(checksum) ? checksum : {};
  const length = CHECKSUM_BYTES.get(algorithm);
  if (length === undefined) refuse('checksum', 'takes { algorithm, value } of a crc32 or sha256');
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  // Other spellings of the same bytes are no longer the same once they are signed as text.
  if (bytes?.length !== length || bytes.toString('base64') !== value)
    refuse('checksum', `takes the base64 of the ${length} bytes of a ${String(algorithm)}`);
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

function refuse(option: string, why: string): never {
  throw new StorageError('INVALID_ARGUMENT', `The option ${option} ${why}`, { reason: option });
}
