import { isLive } from './lease.js';
import type { UploadRecord } from './upload-record.js';

/** An upload that has a record. */
export interface UploadSummary {
  readonly id: string;
  readonly key: string;
  /** Bytes of the source. */
  readonly size: number;
  /** Bytes that are known to be stored; it may be more. */
  readonly stored: number;
  readonly startedAt: Date;
  /** When a process last worked at it. */
  readonly updatedAt: Date;
  /** Whether a process works at it now. */
  readonly busy: boolean;
}

export function summaryOf(record: UploadRecord, key: string): UploadSummary {
  const { id, source, parts, startedMs, updatedMs, lease } = record;
  return {
    id,
    key,
    size: source.size,
    stored: parts.reduce((sum, { size }) => sum + size, 0),
    startedAt: new Date(startedMs),
    updatedAt: new Date(updatedMs),
    busy: isLive(lease),
  };
}
