import type { CompleteUploadOptions, BeginUploadOptions, UploadedPart } from '../../core/part-store.js';
import { isObject } from '../../core/check-shape.js';
import { StorageError } from '../../core/error.js';
import type { Lease } from './lease.js';
import { openRecord, sealRecord } from './sealed-record.js';
import type { Fingerprint } from './fingerprint.js';

const KIND = 'upload';
const VERSION = 1;

/**
 * How far an upload is. `intent`: it may have been begun, under an id that nobody wrote down. `begun`: parts may be stored.
 * `completing`: it may be an object by now. `stray`: an intent that was given up; whatever came of it is for the sweeper.
 */
export type UploadState = 'intent' | 'begun' | 'completing' | 'stray';

/** What another process needs to go on with an upload. */
export interface UploadRecord {
  readonly id: string;
  readonly storage: string;
  /** In the storage, also of an upload that was started in a scope. */
  readonly key: string;
  readonly state: UploadState;
  readonly uploadId?: string | undefined;
  readonly token?: string | undefined;
  readonly partSize: number;
  readonly begin: Omit<BeginUploadOptions, 'signal'>;
  readonly conditions: Pick<CompleteUploadOptions, 'ifAbsent' | 'ifMatch'>;
  readonly source: Fingerprint;
  /** Some of those that are stored: what is missing here is found by a list. In the order of their numbers. */
  readonly parts: readonly UploadedPart[];
  readonly startedMs: number;
  /** When anybody last worked at it, by the clock of that process. */
  readonly updatedMs: number;
  /** When a completion ended of which nobody knows the outcome. */
  readonly unsureMs?: number | undefined;
  /** Whose it is at the moment. */
  readonly lease?: Lease | undefined;
}

export function encodeUploadRecord(record: UploadRecord): Buffer {
  return sealRecord(KIND, VERSION, record);
}

/**
 * @throws StorageError INTEGRITY, reason `record`, for bytes that are no such record or not whole; UNSUPPORTED, reason
 * `record-version`.
 */
export function decodeUploadRecord(id: string, bytes: Uint8Array): UploadRecord {
  const record = openRecord(KIND, VERSION, id, bytes);
  // A seal can be made by anybody: one such record must not stop the lists and sweeps of all.
  if (!isUploadRecord(record))
    throw new StorageError('INTEGRITY', `The record ${id} has not what one has`, { reason: 'record' });
  // A copy under another name would be a second owner of one upload.
  if (record.id === id) return record;
  throw new StorageError('INTEGRITY', `The record ${id} is a copy of another one`, { reason: 'record' });
}

const STATES: readonly unknown[] = ['intent', 'begun', 'completing', 'stray'];

function isUploadRecord(value: unknown): value is UploadRecord {
  if (!isObject(value)) return false;
  const { storage, key, state, uploadId, token, partSize, begin, conditions, source, parts, lease } = value;
  const { startedMs, updatedMs, unsureMs } = value;
  return (
    [storage, key].every(isText) &&
    [uploadId, token].every((text) => text === undefined || isText(text)) &&
    STATES.includes(state) &&
    (unsureMs === undefined || Number.isFinite(unsureMs)) &&
    isNatural(partSize) &&
    partSize > 0 &&
    isObject(begin) &&
    isObject(conditions) &&
    isObject(source) &&
    (source['kind'] === 'file' || source['kind'] === 'bytes') &&
    isNatural(source['size']) &&
    Array.isArray(parts) &&
    parts.every(isPart) &&
    [startedMs, updatedMs].every(Number.isFinite) &&
    (lease === undefined || (isObject(lease) && isText(lease['owner']) && Number.isFinite(lease['atMs'])))
  );
}

function isPart(value: unknown): boolean {
  return (
    isObject(value) &&
    isNatural(value['number']) &&
    isNatural(value['size']) &&
    isText(value['etag']) &&
    (value['checksum'] === undefined || isObject(value['checksum']))
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
