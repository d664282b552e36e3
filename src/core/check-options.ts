import type { StorageBackend } from './backend.js';
import { contentTypeOf } from './content-type.js';
import { StorageError } from './error.js';
import { assertKnownOptions } from './known-options.js';
import { isMediaType } from './media-type.js';
import { normalizeMetadata } from './metadata.js';
import type { CopyOptions, DeleteOptions, GetOptions, ListOptions, PutOptions } from './options.js';

const HEADERS = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
] as const;
/** The options that every backend acts upon. */
const PORTABLE: ReadonlySet<string> = new Set<string>([
  ...HEADERS,
  ...[
    'signal',
    'metadata',
    'size',
    'ifAbsent',
    'ifMatch',
    'ifNoneMatch',
    'range',
    'prefix',
    'delimiter',
    'cursor',
    'limit',
    ...['partSize', 'concurrency', 'onProgress', 'replace'],
  ],
]);
const PRINTABLE = /^[\u0020-\u007e]*$/;
const MAX_PREFIX_BYTES = 1024;

/**
 * Checks the options of every operation and fills what the caller left out, so that a backend
 * finds them whole. Each throws StorageError INVALID_ARGUMENT.
 */
export const checkOptions = {
  put(key: string, options: PutOptions): PutOptions {
    for (const name of HEADERS) {
      const value: unknown = options[name];
      if (value === undefined) continue;
      if (typeof value !== 'string' || !PRINTABLE.test(value))
        refuse(name, 'takes printable ASCII, as a header does');
    }
    const contentType = options.contentType ?? contentTypeOf(key);
    if (options.contentType !== undefined && !isMediaType(contentType))
      refuse('contentType', `takes a media type such as "image/png", not ${quote(contentType)}`);
    if (options.size !== undefined && !natural(options.size))
      refuse('size', `takes a number of bytes, not ${options.size}`);
    checkTransfer(options);
    if (options.ifAbsent && options.ifMatch !== undefined)
      refuse('ifAbsent', 'and ifMatch contradict each other');
    const checked: { -readonly [K in keyof PutOptions]: PutOptions[K] } = { ...options, contentType };
    if (options.metadata) checked.metadata = normalizeMetadata(options.metadata);
    if (options.ifMatch !== undefined) checked.ifMatch = bare('ifMatch', options.ifMatch);
    return checked;
  },

  get(options: GetOptions): GetOptions {
    const { range } = options;
    if (range) {
      const { start, end, suffix } = range;
      const given = suffix === undefined ? [start, ...(end === undefined ? [] : [end])] : [suffix];
      if (!given.every(natural)) refuse('range', 'takes whole numbers of bytes, 0 or more');
      if (suffix !== undefined && (start !== undefined || end !== undefined))
        refuse('range', 'takes either start (and end) or suffix');
      if (end !== undefined && end < start) refuse('range', `ends (${end}) before it starts (${start})`);
    }
    if (options.ifMatch === undefined && options.ifNoneMatch === undefined) return options;
    return {
      ...options,
      ...etag(options),
      ...(options.ifNoneMatch !== undefined && { ifNoneMatch: bare('ifNoneMatch', options.ifNoneMatch) }),
    };
  },

  delete: (options: DeleteOptions): DeleteOptions => ({ ...options, ...etag(options) }),

  copy(key: string, options: CopyOptions): CopyOptions {
    const checked = { ...options, ...etag(options) };
    if (options.replace === undefined) return checked;
    assertKnownOptions('replace of a copy', options.replace, [...HEADERS, 'metadata']);
    return { ...checked, replace: checkOptions.put(key, options.replace) };
  },

  list(options: ListOptions): ListOptions {
    const { prefix, delimiter, limit, cursor } = options;
    if (
      typeof prefix !== 'string' ||
      !prefix.isWellFormed() ||
      Buffer.byteLength(prefix) > MAX_PREFIX_BYTES
    ) {
      refuse('prefix', `takes a string of at most ${MAX_PREFIX_BYTES} bytes`);
    }
    if (delimiter !== undefined && (delimiter as string) !== '/')
      refuse('delimiter', `takes "/", not ${quote(delimiter)}`);
    if (!natural(limit) || limit < 1 || limit > 1000) refuse('limit', `takes 1 to 1000, not ${limit}`);
    if (cursor !== undefined && (typeof cursor !== 'string' || cursor === ''))
      refuse('cursor', 'takes what a list returned');
    return options;
  },
};

/**
 * Refuses an option that this backend does not act upon, instead of ignoring it.
 * @throws StorageError UNSUPPORTED
 */
export function assertAccepted(
  { kind, accepts = [] }: Pick<StorageBackend, 'kind' | 'accepts'>,
  options: object,
): void {
  for (const name of Object.keys(options)) {
    const value: unknown = (options as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || PORTABLE.has(name)) continue;
    if (!accepts.includes(name))
      throw new StorageError('UNSUPPORTED', `The ${kind} backend has no option "${name}"`, { reason: name });
    // Without an id a server takes the object as it is now, to delete it, too.
    if (name === 'versionId' && (typeof value !== 'string' || value === ''))
      refuse('versionId', 'takes the id of a version');
  }
}

function checkTransfer({ partSize, concurrency, onProgress }: PutOptions): void {
  if (partSize !== undefined && !(natural(partSize) && partSize > 0))
    refuse('partSize', `takes a number of bytes, 1 or more, not ${partSize}`);
  if (concurrency !== undefined && !(natural(concurrency) && concurrency > 0 && concurrency <= 1000))
    refuse('concurrency', `takes 1 to 1000, not ${concurrency}`);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    refuse('onProgress', `takes a function, not ${quote(onProgress)}`);
}

function etag({ ifMatch }: { readonly ifMatch?: string | undefined }): { ifMatch?: string } {
  return ifMatch === undefined ? {} : { ifMatch: bare('ifMatch', ifMatch) };
}

/** An ETag as ObjectInfo has it, also when it comes from a header, in quotes. */
function bare(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') refuse(name, 'takes an ETag or "*"');
  return value.replace(/^"(.*)"$/, '$1');
}

const natural = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const quote = (value: unknown): string => JSON.stringify(value) ?? typeof value;

function refuse(option: string, why: string): never {
  throw new StorageError('INVALID_ARGUMENT', `The option ${option} ${why}`, { reason: option });
}
