import { crc32 } from 'node:zlib';
import { isObject } from '../../core/check-shape.js';
import type { ObjectInfo } from '../../core/object.js';
import { PartPlan } from './part-plan.js';

const VERSION = 1;

/** What is written down of a download that may be resumed. */
export interface DownloadRecord {
  readonly storage: string;
  readonly key: string;
  readonly etag: string;
  readonly versionId?: string | undefined;
  readonly size: number;
  readonly partSize: number;
  /** The parts that are on the disk, and their CRC-32. */
  readonly parts: readonly (readonly [part: number, crc: number])[];
}

/** The record as text, with a checksum of itself. */
export function encodeRecord(record: DownloadRecord): string {
  const text = JSON.stringify({ version: VERSION, ...record });
  return `{"sum":${crc32(text)},"record":${text}}\n`;
}

/** The record of a text; undefined when it is cut, changed or none. */
export function decodeRecord(text: string): DownloadRecord | undefined {
  const [, sum, body = ''] = /^\{"sum":(\d+),"record":(\{.*\})\}\n$/s.exec(text) ?? [];
  if (sum === undefined || crc32(body) !== Number(sum)) return undefined;
  try {
    const record: unknown = JSON.parse(body);
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is of just this content, so that its parts are parts of it. */
export function isRecordOf(record: DownloadRecord, storage: string, info: ObjectInfo): boolean {
  return (
    record.storage === storage &&
    record.key === info.key &&
    record.etag === info.etag &&
    record.versionId === info.versionId &&
    record.size === info.size
  );
}

/** A sum can be made by anybody: what is used of it has to be of the right kind. */
function isRecord(value: unknown): value is DownloadRecord {
  if (!isObject(value) || value['version'] !== VERSION) return false;
  const { storage, key, etag, versionId, size, partSize, parts } = value;
  return (
    [storage, key, etag].every((text) => typeof text === 'string') &&
    (versionId === undefined || typeof versionId === 'string') &&
    isNatural(size) &&
    isNatural(partSize) &&
    partSize >= PartPlan.leastPart &&
    Array.isArray(parts) &&
    parts.length <= Math.ceil(size / partSize) &&
    parts.every((part: unknown) => Array.isArray(part) && part.length === 2 && part.every(isNatural))
  );
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
