import { StorageError } from '../../core/error.js';
import type { Checksum } from '../../core/object.js';
import { isObject } from '../../core/check-shape.js';

/** What the object of an upload will be, decided by its first bytes. */
export interface TusTarget {
  /** The final key, in the scope of the upload. */
  readonly key: string;
  readonly contentType: string;
  readonly contentDisposition?: string | undefined;
  /** Whether the object has to be looked at as a whole before it may have its key. */
  readonly pending: boolean;
  /** What its object is known by when it was admitted. Nobody outside can tell it before there is one. */
  readonly mark: string;
}

/** What became of an upload. */
export interface TusFinished {
  /** In the scope of the upload. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  readonly contentType: string;
  readonly checksum?: Checksum | undefined;
}

/** What is kept of an upload, beside its bytes. How many have come is not in it: that is counted from what is stored. */
export interface TusRecord {
  readonly version: 1;
  readonly id: string;
  readonly createdMs: number;
  /** Bytes of the whole; absent while its length is deferred. */
  readonly size?: number | undefined;
  /** As the client sent it. */
  readonly metadata: Readonly<Record<string, string | null>>;
  /** A digest of who began it. */
  readonly owner: string;
  /** The scope that it was begun in. Empty: the whole storage. */
  readonly scope: string;
  /** Bytes of each part but the last. */
  readonly partSize: number;
  readonly target?: TusTarget | undefined;
  /** Of the upload in parts, once it was begun. */
  readonly uploadId?: string | undefined;
  readonly token?: string | undefined;
  /** Whether the object was handed over to be admitted: then it may have its key already. */
  readonly admitting?: boolean | undefined;
  readonly finished?: TusFinished | undefined;
}

/** @throws StorageError INTEGRITY for what is no record. */
export function parseRecord(text: string, id: string): TusRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!isRecord(value, id))
    throw new StorageError('INTEGRITY', `The record of the upload ${id} is damaged`, { reason: 'record' });
  return value;
}

function isRecord(value: unknown, id: string): value is TusRecord {
  if (!isObject(value)) return false;
  const { version, createdMs, size, metadata, owner, scope, partSize, target } = value;
  return (
    version === 1 &&
    value.id === id &&
    typeof createdMs === 'number' &&
    (size === undefined || isCount(size)) &&
    isObject(metadata) &&
    typeof owner === 'string' &&
    typeof scope === 'string' &&
    isCount(partSize) &&
    partSize > 0 &&
    (target === undefined || (isObject(target) && typeof target.mark === 'string'))
  );
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
