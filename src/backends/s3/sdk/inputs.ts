import type { S3Headers } from '../calls.js';

/** How the SDK names the headers of a request. */
const NAMES = {
  'cache-control': 'CacheControl',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'content-language': 'ContentLanguage',
  'content-md5': 'ContentMD5',
  'content-type': 'ContentType',
  'if-match': 'IfMatch',
  'if-none-match': 'IfNoneMatch',
  range: 'Range',
  'x-amz-checksum-crc32': 'ChecksumCRC32',
  'x-amz-checksum-sha256': 'ChecksumSHA256',
  'x-amz-copy-source-if-match': 'CopySourceIfMatch',
} as const;

const METADATA = 'x-amz-meta-';

/** What a command of the SDK is told of one object. */
export type ObjectInput = { readonly [K in (typeof NAMES)[keyof typeof NAMES]]?: string } & {
  readonly Metadata?: Record<string, string>;
};

/**
 * `headers` as the input of a command, so that a middleware which looks at the input sees them. It is not all of them:
 * those without a name here are only sent (`watch`).
 */
export function inputOf(headers: S3Headers): ObjectInput {
  const input: Record<string, string> = {};
  const metadata: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(METADATA)) metadata.push([name.slice(METADATA.length), value]);
    else if (Object.hasOwn(NAMES, name)) input[NAMES[name as keyof typeof NAMES]] = value;
  }
  return metadata.length === 0 ? input : { ...input, Metadata: Object.fromEntries(metadata) };
}
