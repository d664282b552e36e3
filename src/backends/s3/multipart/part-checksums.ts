import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { throwIfAborted } from '../../../core/abort.js';
import { crc32Checksum } from '../../../core/checksum.js';
import type { Checksum } from '../../../core/object.js';
import type { UploadedPart } from '../../../core/part-store.js';
import type { Rereadable } from '../../../core/rereadable.js';
import { checksumOf } from '../digest.js';
import type { ProviderProfile, S3ChecksumName } from '../profile.js';
import { readInPieces } from '../read-in-pieces.js';
import type { S3CompletedPart, S3ListedPart } from '../upload-calls.js';
import { combineCrc32 } from './combine-crc32.js';

/** A checksum of a part, and the headers that carry it. */
export interface PartChecksum {
  readonly checksum: Checksum;
  readonly headers: Readonly<Record<string, string>>;
}

type Told = Pick<ProviderProfile, 'partChecksum' | 'fullObjectChecksum'>;

/**
 * The headers by which an upload says which checksums its parts will have. VersityGW takes none at the end of an upload
 * that did not say so: 400 InvalidPart.
 */
export function kindOf(
  { partChecksum, fullObjectChecksum }: Told,
  checksum: S3ChecksumName | 'none',
): Readonly<Record<string, string>> {
  if (!partChecksum || (checksum !== 'crc32' && checksum !== 'sha256')) return {};
  const whole = checksum === 'crc32' && fullObjectChecksum;
  return {
    'x-amz-checksum-algorithm': checksum.toUpperCase(),
    ...(whole && { 'x-amz-checksum-type': 'FULL_OBJECT' }),
  };
}

/** The checksum of a part; what has to be read is read once for it. @throws the StorageError of the body. */
export async function checksumOfPart(
  name: S3ChecksumName | 'none',
  body: Uint8Array | Rereadable,
  signal: AbortSignal | undefined,
): Promise<PartChecksum | undefined> {
  if (name === 'none') return undefined;
  const checksum = body instanceof Uint8Array ? checksumOf(name, body) : await read(name, body, signal);
  const header = name === 'md5' ? 'content-md5' : `x-amz-checksum-${name}`;
  return { checksum, headers: { [header]: checksum.value } };
}

/** A part as the server lists it. */
export function partOf({ number, size, etag, checksums }: S3ListedPart): UploadedPart {
  for (const algorithm of ['crc32', 'sha256'] as const) {
    const value = checksums[algorithm];
    if (value !== undefined) return { number, size, etag, checksum: { algorithm, value } };
  }
  return { number, size, etag };
}

/** A part as the end of its upload names it: with its checksum where the server is to compare that. */
export function namedPart({ partChecksum }: Told, { number, etag, checksum }: UploadedPart): S3CompletedPart {
  const algorithm = checksum?.algorithm;
  if (!partChecksum || !checksum || (algorithm !== 'crc32' && algorithm !== 'sha256'))
    return { number, etag };
  return { number, etag, [algorithm]: checksum.value };
}

/** The CRC-32 of the object that the parts make, when that of each of them is known. */
export function wholeCrc32(parts: readonly UploadedPart[]): Checksum | undefined {
  let crc = 0;
  for (const { checksum, size } of parts) {
    const bytes = checksum?.algorithm === 'crc32' ? Buffer.from(checksum.value, 'base64') : undefined;
    if (bytes?.length !== 4) return undefined;
    crc = combineCrc32(crc, bytes.readUInt32BE(), size);
  }
  return crc32Checksum(crc);
}

async function read(
  name: S3ChecksumName,
  body: Rereadable,
  signal: AbortSignal | undefined,
): Promise<Checksum> {
  let crc = 0;
  const hash = name === 'crc32' ? undefined : createHash(name);
  await readInPieces(body, (piece) => {
    throwIfAborted(signal);
    if (hash) hash.update(piece);
    else crc = crc32(piece, crc);
  });
  return hash ? { algorithm: name, value: hash.digest('base64') } : crc32Checksum(crc);
}
