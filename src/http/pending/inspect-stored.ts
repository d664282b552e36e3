import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../core/checksum.js';
import { StorageError } from '../../core/error.js';
import type { ObjectInfo } from '../../core/object.js';
import type { SignedChecksum } from '../../core/sign-options.js';
import type { StorageService } from '../../storage/storage.service.js';
import { refusal } from '../errors/refuse.js';
import { admitContent } from '../upload/admit-content.js';
import { ZIP_HEAD_BYTES } from '../upload/content/detect-content.js';
import type { ResolvedRules } from '../upload/resolve-rules.js';
import { tooLarge } from '../upload/too-large.js';
import { DEFAULT_MAX_SIZE } from '../upload/upload.options.js';
import type { Ticket } from './ticket.js';

/** An object that the rules allow, and the media type that it is to be stored with. */
export interface InspectedObject {
  readonly info: ObjectInfo;
  readonly contentType: string;
}

/**
 * Looks at an object that was uploaded past this server, by the rules that its ticket was given by: size, type by content,
 * checksum, scanner. Whatever is read is of one ETag. As little as possible is: nothing, the first bytes, or all for a scanner.
 * @throws StorageError TOO_LARGE, INVALID_ARGUMENT (another size), TYPE_REFUSED, INTEGRITY, CONTENT_REFUSED, UNAVAILABLE by the scanner;
 * NOT_FOUND when there is nothing; PRECONDITION_FAILED when it was replaced meanwhile.
 */
export async function inspectStored(
  storage: StorageService,
  key: string,
  ticket: Ticket,
  rules: ResolvedRules,
): Promise<InspectedObject> {
  const info = await storage.head(key);
  assertSize(info, ticket, rules.maxSize ?? DEFAULT_MAX_SIZE);
  const unknown = unverified(info, ticket);
  const isWhole = unknown !== undefined || rules.scanner !== undefined;
  const { types, sniff = types !== undefined } = rules;
  const claimed = { name: ticket.name, declared: ticket.contentType };
  const source = sniff || isWhole ? await read(storage, info, isWhole) : Readable.from([]);
  try {
    const { contentType, body } = await admitContent(source, claimed, rules);
    if (isWhole) await drain(body, source, unknown);
    else body.destroy();
    return { info, contentType };
  } finally {
    source.destroy();
  }
}

function assertSize({ size }: ObjectInfo, ticket: Ticket, maxSize: number): void {
  if (size > maxSize) throw tooLarge(maxSize);
  if (ticket.size !== undefined && size !== ticket.size)
    throw refusal(
      'INVALID_ARGUMENT',
      `The content has ${size} bytes, and ${ticket.size} were declared`,
      'size',
    );
}

/** The checksum that nobody has compared yet. */
function unverified(info: ObjectInfo, { checksum, checked }: Ticket): SignedChecksum | undefined {
  if (!checksum || !checked) return checksum;
  const told = info.checksum;
  if (told?.algorithm === checksum.algorithm && !told.value.includes('-') && told.value !== checksum.value)
    throw wrongChecksum(checksum);
  return undefined;
}

async function read(storage: StorageService, info: ObjectInfo, isWhole: boolean): Promise<Readable> {
  // No byte of an empty object is in a range.
  if (info.size === 0) return Readable.from([]);
  const range = isWhole || info.size <= ZIP_HEAD_BYTES ? undefined : { start: 0, end: ZIP_HEAD_BYTES - 1 };
  const { body } = await storage.get(info.key, { ifMatch: info.etag, range });
  return body;
}

/** Reads all of it, for whoever looks on. */
async function drain(body: Readable, source: Readable, checksum: SignedChecksum | undefined): Promise<void> {
  const hash = checksum?.algorithm === 'sha256' ? createHash('sha256') : undefined;
  let crc = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      if (hash) hash.update(chunk);
      else if (checksum) crc = crc32(chunk, crc);
    }
  } catch (error) {
    throw StorageError.is(source.errored) ? source.errored : error;
  }
  const found = hash ? hash.digest('base64') : crc32Checksum(crc).value;
  if (checksum && found !== checksum.value) throw wrongChecksum(checksum);
}

function wrongChecksum({ algorithm }: SignedChecksum): StorageError {
  return refusal('INTEGRITY', `The content has not the ${algorithm} that was declared`, 'checksum');
}
