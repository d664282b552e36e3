import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import { errno } from '../../core/errno.js';
import type { Again, Attempt } from './attempt.js';
import type { DownloadResult } from './download-options.js';
import { fetchParts } from './fetch-parts.js';
import { GatheredWrites } from './gathered-writes.js';
import { onTarget, targetError } from './target-error.js';
import { verifyParts } from './verify-parts.js';

/** Bytes that are read back at once. */
const BLOCK = 1024 * 1024;
/** Bytes of a name that most file systems take, less what stands around it in that of the temporary file. */
const MAX_NAME = 200;

/** Writes the object to a file beside `path`, and renames that when it is whole, verified and on the disk. */
export async function downloadToFile(path: string, again: Again): Promise<DownloadResult> {
  await assertReplaceable(path);
  return again((attempt) => attemptFile(path, attempt));
}

async function attemptFile(path: string, attempt: Attempt): Promise<DownloadResult> {
  const { info, meter } = attempt;
  const temporary = temporaryFor(path);
  const file = await onTarget(open(temporary, 'wx+', 0o600));
  try {
    const done = new Map<number, number>();
    await fetchParts({
      ...attempt,
      done,
      writerAt: (position) => new GatheredWrites(file, position),
      progress: (bytes, parts) => meter.add(bytes, parts),
    });
    const verified = await verifyFile(file, attempt, done);
    throwIfAborted(attempt.signal);
    await putInPlace(file, temporary, path);
    return { info, bytes: info.size, verified };
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** Compares the file with what is kept of the object. @throws StorageError INTEGRITY. */
export async function verifyFile(
  file: FileHandle,
  attempt: Pick<Attempt, 'source' | 'info' | 'plan' | 'signal'>,
  crcs: ReadonlyMap<number, number>,
): Promise<string | undefined> {
  const { info } = attempt;
  const { size } = await onTarget(file.stat());
  if (size !== info.size) {
    const what = `The file has ${size} bytes instead of ${info.size}: somebody else changed it`;
    throw new StorageError('INTEGRITY', what, { reason: 'size' });
  }
  return verifyParts(attempt, crcs, () => blocksOf(file, 0, size));
}

/** The bytes of a part of a file. They are valid until the next ones are asked for. */
export async function* blocksOf(
  file: FileHandle,
  start: number,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(BLOCK, size));
  for (let seen = 0; seen < size;) {
    const wanted = Math.min(buffer.byteLength, size - seen);
    const { bytesRead } = await onTarget(file.read(buffer, 0, wanted, start + seen));
    if (bytesRead === 0) return;
    seen += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Puts a whole file in the place of `path`, so that it survives a loss of power: fsync(2) of the file, rename(2), and fsync of
 * the directory. It closes the file.
 */
export async function putInPlace(file: FileHandle, from: string, path: string): Promise<void> {
  // The mode that any other new file would have: until now nobody else was to read it.
  await onTarget(file.chmod(0o666 & ~process.umask()));
  await onTarget(file.sync());
  await onTarget(file.close());
  await assertReplaceable(path);
  // What cannot be opened fails before anything is done.
  const directory = await openDirectory(dirname(path));
  try {
    await onTarget(rename(from, path));
    await directory?.sync();
  } catch (cause) {
    if (StorageError.is(cause)) throw cause;
    const what = 'The file is in its place, and the disk has not confirmed it';
    throw new StorageError('OUTCOME_UNKNOWN', what, { reason: 'target', cause });
  } finally {
    await directory?.close().catch(() => undefined);
  }
}

/** @throws StorageError INVALID_ARGUMENT, reason `target`, where there is something that no file may replace. */
export async function assertReplaceable(path: string): Promise<void> {
  try {
    const stats = await lstat(path);
    if (stats.isFile() || stats.isSymbolicLink()) return;
    const what = stats.isDirectory() ? 'a directory' : 'no regular file';
    throw new StorageError('INVALID_ARGUMENT', `The target is ${what}`, { reason: 'target' });
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw targetError(error);
  }
}

/** Elsewhere a directory cannot be synced, and often not even opened. */
async function openDirectory(path: string): Promise<FileHandle | undefined> {
  if (process.platform !== 'linux') return undefined;
  return onTarget(open(path, constants.O_RDONLY | constants.O_DIRECTORY));
}

function temporaryFor(path: string): string {
  const name = basename(path);
  const shown = Buffer.byteLength(name) <= MAX_NAME ? name : '';
  return join(dirname(path), `.${shown}.stowage-${randomBytes(8).toString('hex')}.part`);
}
