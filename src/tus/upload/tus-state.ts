import { StorageError } from '../../core/error.js';
import type { UploadedPart } from '../../core/part-store.js';
import type { KeptRecord, TusFolder } from './tus-folder.js';
import type { TusRecord } from './tus-record.js';
import { coverage, endOf, type TusPiece, type TusSegment } from './tus-segments.js';
import type { TusParts } from './tus-tools.js';

/** How far an upload is, by what the storage holds of it. */
export interface TusState {
  readonly kept: KeptRecord;
  /** From the first one on, without a gap. */
  readonly parts: readonly UploadedPart[];
  /** What follows the parts, where the next part begins. */
  readonly tail: readonly TusPiece[];
  readonly segments: readonly TusSegment[];
  /** Bytes that are stored. */
  readonly offset: number;
  /** Whether its upload in parts is gone: it was completed, or somebody has removed it. */
  readonly ended: boolean;
}

/** Of an upload that has not finished. @throws StorageError as `list` and `listParts`. */
export async function loadState(
  kept: KeptRecord,
  folder: TusFolder,
  partsOf: (record: TusRecord) => TusParts,
): Promise<TusState> {
  const { record } = kept;
  const [segments, parts] = await Promise.all([folder.segments(), listAll(record, partsOf)]);
  const whole = contiguous(parts ?? [], record);
  const base = whole.reduce((sum, { size }) => sum + size, 0);
  const tail = coverage(segments, base);
  const last = tail.at(-1);
  return {
    kept,
    parts: whole,
    tail,
    segments,
    offset: last ? endOf(last) : base,
    ended: parts === undefined,
  };
}

/** Undefined when there is no such upload any more. */
async function listAll(
  record: TusRecord,
  partsOf: (record: TusRecord) => TusParts,
): Promise<readonly UploadedPart[] | undefined> {
  const { uploadId } = record;
  if (uploadId === undefined) return [];
  const { key, uploads } = partsOf(record);
  const parts: UploadedPart[] = [];
  try {
    let after: number | undefined;
    do {
      const page = await uploads.listParts(key, uploadId, { after });
      parts.push(...page.parts);
      after = page.next;
    } while (after !== undefined);
  } catch (error) {
    if (StorageError.is(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
  return parts;
}

/** A part of another size is the last one, or what somebody else has put there. */
function contiguous(parts: readonly UploadedPart[], { partSize, size }: TusRecord): UploadedPart[] {
  const whole: UploadedPart[] = [];
  for (const part of parts) {
    const start = whole.length * partSize;
    const isLast = size !== undefined && start + part.size === size;
    if (part.number !== whole.length + 1 || (part.size !== partSize && !isLast)) break;
    whole.push(part);
    if (isLast) break;
  }
  return whole;
}
