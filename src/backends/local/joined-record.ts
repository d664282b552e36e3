import { crc32Checksum } from '../../core/checksum.js';
import type { Disk } from './disk.js';
import type { KeptPart } from './part-file.js';

/** Bytes that the file of a record has at most. */
const MOST = 256;

/** What the file of a part is whose content lies in the file that all parts share. */
interface JoinedRecord {
  readonly v: 1;
  readonly start: number;
  readonly size: number;
  readonly crc: number;
  readonly etag: string;
}

export function writeJoinedRecord({ start, size, crc, etag }: Omit<JoinedRecord, 'v'>): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, start, size, crc, etag } satisfies JoinedRecord));
}

/** What is kept of part `number` in its record, open as `fd`; undefined without a whole one. */
export async function readJoinedRecord(
  disk: Disk,
  fd: number,
  number: number,
): Promise<(KeptPart & { readonly start: number }) | undefined> {
  const length = Number(disk.fstat(fd).size);
  if (length === 0 || length > MOST) return undefined;
  const bytes = Buffer.alloc(length);
  if ((await disk.read(fd, bytes, 0, length, 0)) !== length) return undefined;
  const record = parse(bytes);
  if (!record) return undefined;
  const { start, size, crc, etag } = record;
  return { number, size, etag, checksum: crc32Checksum(crc), crc, start };
}

function parse(bytes: Buffer): JoinedRecord | undefined {
  try {
    const { v, start, size, crc, etag } = JSON.parse(bytes.toString()) as Partial<JoinedRecord>;
    const isWhole = v === 1 && [start, size, crc].every(Number.isSafeInteger) && typeof etag === 'string';
    return isWhole ? ({ v, start, size, crc, etag } as JoinedRecord) : undefined;
  } catch {
    return undefined;
  }
}
