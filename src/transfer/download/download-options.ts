import { Writable } from 'node:stream';
import { show } from '../../core/check-shape.js';
import { StorageError } from '../../core/error.js';
import { assertKnownOptions } from '../../core/known-options.js';
import type { ObjectInfo } from '../../core/object.js';
import type { OperationOptions } from '../../core/options.js';
import type { ProgressListener } from '../../core/progress.js';
import { PartPlan } from './part-plan.js';

/** Where a download goes: the path of a file, a stream, or memory that is large enough. */
export type DownloadTarget = string | Writable | Uint8Array;

/** How an object is downloaded. */
export interface DownloadOptions extends OperationOptions {
  /**
   * A path: the file is there when it is whole and verified, and replaces what was there, also a symbolic link. A stream: it
   * gets the bytes in order and is ended, or destroyed when the download fails. Bytes: filled from their beginning.
   */
  readonly to: DownloadTarget;
  /**
   * Requests at once, 1 to 64. Default: 4 for an object of at least 16 MiB that comes over a network, else 1. A stream is
   * always filled by one. Several pay where one connection is slower than the link; on a fast network they gain nothing.
   */
  readonly concurrency?: number | undefined;
  /** Bytes of a part, at least 65,536; more for what would have over 100,000. Default: 8 MiB, more for what would have over 10,000 parts. */
  readonly partSize?: number | undefined;
  /**
   * Keeps what has come in `<path>.stowage-part` when the download fails or the process ends, and goes on with it the next
   * time. For paths only. Default: false.
   */
  readonly resume?: boolean | undefined;
  readonly versionId?: string | undefined;
  /** PRECONDITION_FAILED unless the object has this ETag. */
  readonly ifMatch?: string | undefined;
  /** Hears of the bytes that are in the target. */
  readonly onProgress?: ProgressListener | undefined;
}

/** Why what an earlier download had left was of no use. */
export type StartedOver =
  /** The object is another one by now. */
  | 'changed'
  /** What it left is not whole, or is of another object. */
  | 'damaged';

/** What was downloaded. */
export interface DownloadResult {
  readonly info: ObjectInfo;
  /** In the target. */
  readonly bytes: number;
  /**
   * The checksum that the storage keeps and that the bytes were compared with: that of the whole object, `crc32` or `sha256`,
   * or, where it keeps only those of the parts of an upload, `composite-crc32`, `composite-crc32c`, `composite-sha1` or
   * `composite-sha256`. Absent: it tells none, and only the length was compared.
   */
  readonly verified?: string | undefined;
  /** With `resume`: bytes that were there already, compared by their CRC32 and not fetched again. */
  readonly resumedFrom?: number | undefined;
  readonly startedOver?: StartedOver | undefined;
}

const KNOWN = ['to', 'concurrency', 'partSize', 'resume', 'versionId', 'ifMatch', 'onProgress', 'signal'];
const MAX_CONCURRENCY = 64;

/** @throws StorageError INVALID_ARGUMENT, whose reason is the option: `target`, `concurrency`, `partSize`, `resume` … */
export function checkDownload(options: DownloadOptions): void {
  if (typeof (options as unknown) !== 'object' || (options as unknown) === null)
    refuse('options', `download takes options, at least { to }, not ${show(options)}`);
  assertKnownOptions('download', options, KNOWN);
  const { to, concurrency, partSize, resume, onProgress } = options;
  checkTarget(to);
  if (concurrency !== undefined && !within(concurrency, 1, MAX_CONCURRENCY))
    refuse('concurrency', `concurrency takes 1 to ${MAX_CONCURRENCY}, not ${show(concurrency)}`);
  if (partSize !== undefined && !within(partSize, PartPlan.leastPart, Number.MAX_SAFE_INTEGER))
    refuse('partSize', `partSize takes ${PartPlan.leastPart} bytes or more, not ${show(partSize)}`);
  if (resume !== undefined && typeof resume !== 'boolean')
    refuse('resume', `resume takes true or false, not ${show(resume)}`);
  if (resume && typeof to !== 'string') refuse('resume', 'Only a file can be resumed: pass a path as "to"');
  if (onProgress !== undefined && typeof onProgress !== 'function')
    refuse('onProgress', `onProgress takes a function, not ${show(onProgress)}`);
}

function checkTarget(to: unknown): void {
  if (typeof to === 'string') {
    if (to === '' || to.includes('\0')) refuse('target', 'The path of the target is no path');
    if (/[/\\]$/.test(to)) refuse('target', 'The target is a directory, by its path: name a file in it');
  } else if (to instanceof Writable) {
    if (to.destroyed || to.writableEnded) refuse('target', 'The stream was already ended or destroyed');
  } else if (!(to instanceof Uint8Array)) {
    refuse('target', `A download goes to a path, a Writable or a Uint8Array, not ${show(to)}`);
  }
}

const within = (value: unknown, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

function refuse(reason: string, why: string): never {
  throw new StorageError('INVALID_ARGUMENT', why, { reason });
}
