import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { StorageError } from '../../core/error.js';
import { errno } from '../../core/errno.js';
import type { ObjectInfo } from '../../core/object.js';
import type { Attempt } from './attempt.js';
import { blocksOf, putInPlace } from './download-file.js';
import type { StartedOver } from './download-options.js';
import { decodeRecord, encodeRecord, isRecordOf, type DownloadRecord } from './download-record.js';
import { nextOf, readSideFile, replaceSideFile } from './side-file.js';
import { PartPlan } from './part-plan.js';
import { onTarget, targetError } from './target-error.js';

/** Parts that may have come and not be written down: what a crash costs. */
const AHEAD = 8;

const NOTHING: ReadonlyMap<number, number> = new Map();

/** What has come of an object so far, in a file, and which parts of it are known to be right. */
export class PartialFile {
  readonly recordPath: string;
  /** Parts that are in the file, by their CRC-32. */
  readonly done: Map<number, number>;
  /** Bytes that an earlier download has left. */
  readonly resumedBytes: number;
  private saving: Promise<void> | undefined;
  private unsaved = false;
  /** How many parts are written down. */
  private kept: number;
  /** Whether the disk may have lost bytes that can still be read: Linux tells that once, and then takes them for written. */
  private lost = false;
  private readonly waiting: (() => void)[] = [];
  private saveError: StorageError | undefined;

  private constructor(
    readonly path: string,
    readonly file: FileHandle,
    readonly plan: PartPlan,
    private readonly identity: Omit<DownloadRecord, 'parts'>,
    found: ReadonlyMap<number, number>,
    readonly startedOver: StartedOver | undefined,
  ) {
    this.recordPath = recordOf(path);
    this.done = new Map(found);
    this.kept = found.size;
    this.resumedBytes = [...found.keys()].reduce((sum, part) => sum + plan.sizeOf(part), 0);
  }

  /**
   * Opens what an earlier download has left of this content, every part of which is read and compared, or begins anew.
   * @throws StorageError of the target.
   */
  static async open(path: string, storage: string, { info, plan, divisible }: Attempt): Promise<PartialFile> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await onTarget(open(path, flags, 0o600));
    let nothingIn = false;
    try {
      const stats = await onTarget(file.stat());
      if (!stats.isFile())
        throw new StorageError('INVALID_ARGUMENT', 'What the download is kept in is no regular file', {
          reason: 'target',
        });
      nothingIn = stats.size === 0;
      const text = await readSideFile(recordOf(path));
      const record = text === undefined ? undefined : decodeRecord(text);
      const usable = record && divisible && isRecordOf(record, storage, info) ? record : undefined;
      const used = usable ? new PartPlan(info.size, usable.partSize) : plan;
      const found = usable ? await rightParts(file, used, usable) : NOTHING;
      const anew = found.size === 0;
      nothingIn ||= anew;
      if (anew) {
        await onTarget(removed(recordOf(path)));
        await onTarget(file.truncate(0));
      }
      await onTarget(file.truncate(info.size));
      const left = text !== undefined || stats.size > 0;
      const startedOver = anew && left ? whyAnew(record, storage, info) : undefined;
      const { key, etag, versionId, size } = info;
      const identity = { storage, key, etag, versionId, size, partSize: used.partSize };
      return new PartialFile(path, file, used, identity, found, startedOver);
    } catch (error) {
      await file.close().catch(() => undefined);
      if (nothingIn) await unlink(path).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Writes down what has come: one time after the other, so that what comes meanwhile is in the next one. Resolves at once
   * unless a disk that is slower than what comes has to be waited for. @throws StorageError of the target.
   */
  async keep(): Promise<void> {
    this.assertSaved();
    this.unsaved = true;
    this.saving ??= this.save();
    while (this.done.size - this.kept >= AHEAD && !this.saveError)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.assertSaved();
  }

  /** Resolves when nothing is being written down any more. @throws StorageError when that failed. */
  async settle(): Promise<void> {
    await this.saving;
    this.assertSaved();
  }

  /** Puts the file, which is whole, in the place of `path`. @throws StorageError of the target; OUTCOME_UNKNOWN when it is there. */
  async place(path: string): Promise<void> {
    try {
      await putInPlace(this.file, this.path, path);
    } catch (error) {
      this.lost ||= saysLost(error);
      throw error;
    }
    await this.forget();
  }

  /** Closes the file, after a failure; what is `useless` is removed, and what nobody could resume. */
  async close(useless: boolean): Promise<void> {
    await this.leave();
    if (!useless && !this.lost && this.kept > 0) {
      await unlink(nextOf(this.recordPath)).catch(() => undefined);
      return;
    }
    await this.forget();
    await unlink(this.path).catch(() => undefined);
  }

  /** Closes the file, and leaves all as it is. */
  async leave(): Promise<void> {
    await this.saving;
    await this.file.close().catch(() => undefined);
  }

  /** Removes what was written down. */
  private async forget(): Promise<void> {
    await unlink(this.recordPath).catch(() => undefined);
    await unlink(nextOf(this.recordPath)).catch(() => undefined);
  }

  private assertSaved(): void {
    if (this.saveError) throw this.saveError;
  }

  private async save(): Promise<void> {
    while (this.unsaved && !this.saveError) {
      this.unsaved = false;
      const parts = [...this.done];
      try {
        // The record never tells of bytes that a loss of power could take.
        await onTarget(this.file.datasync());
        await onTarget(replaceSideFile(this.recordPath, encodeRecord({ ...this.identity, parts })));
        this.kept = parts.length;
      } catch (error) {
        this.lost ||= saysLost(error);
        this.saveError = targetError(error);
      }
      for (const wake of this.waiting.splice(0)) wake();
    }
    // In the turn of the last look: what comes from now on begins anew.
    this.saving = undefined;
  }
}

/** Whether an error is of the write of bytes to the disk. */
function saysLost(error: unknown): boolean {
  const { syscall } = (targetError(error).cause ?? {}) as NodeJS.ErrnoException;
  return syscall === 'fsync' || syscall === 'fdatasync' || syscall === 'close';
}

const recordOf = (path: string): string => `${path}.json`;

function whyAnew(record: DownloadRecord | undefined, storage: string, info: ObjectInfo): StartedOver {
  const ofThis = record?.storage === storage && record.key === info.key;
  return ofThis && !isRecordOf(record, storage, info) ? 'changed' : 'damaged';
}

/** The parts of the record whose bytes are in the file as they were. */
async function rightParts(
  file: FileHandle,
  plan: PartPlan,
  { parts }: DownloadRecord,
): Promise<ReadonlyMap<number, number>> {
  const right = new Map<number, number>();
  for (const [part, crc] of parts) {
    if (part >= plan.count) continue;
    let sum = 0;
    let size = 0;
    for await (const block of blocksOf(file, plan.startOf(part), plan.sizeOf(part))) {
      sum = crc32(block, sum);
      size += block.byteLength;
    }
    if (sum === crc && size === plan.sizeOf(part)) right.set(part, crc);
  }
  return right;
}

async function removed(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
  }
}
