import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { isBadPath } from './bad-path.js';
import { errno } from './errno.js';
import { StorageError } from './error.js';
import type { Rereadable } from './rereadable.js';

/** Bytes that are read from a file at once: https://nodejs.org/api/fs.html#filehandlereadbuffer-offset-length-position reads as many. */
const CHUNK = 1024 * 1024;

/** Which part of a file is meant. */
export interface FileBodyOptions {
  /** The first byte. Default: 0. */
  readonly start?: number | undefined;
  /** The last byte, inclusive. Default: the end of the file. */
  readonly end?: number | undefined;
}

/** A file as it was when it was opened: what tells that it has changed. */
export interface FileState {
  /** Bytes of the part of it that is meant. */
  readonly size: number;
  /** Of the whole file. */
  readonly modifiedMs: number;
  readonly inode: number;
}

/**
 * A file as a body: `storage.put(key, new FileBody('film.mp4'))`. Any backend reads it as a stream; one that sends it over
 * a network reads it at any place, as often as it has to, and holds no more of it than it needs.
 * It is opened when it is first read, and closed when it ends or is destroyed.
 */
export class FileBody extends Readable {
  private readonly start: number;
  private readonly end: number | undefined;
  private opening: Promise<{ readonly handle: FileHandle; readonly state: FileState }> | undefined;
  private position = 0;

  /** @throws StorageError INVALID_ARGUMENT for a path that is no text, a `start` or `end` that are no places of a file. */
  constructor(
    readonly path: string,
    { start = 0, end }: FileBodyOptions = {},
  ) {
    super({ highWaterMark: CHUNK });
    if (typeof path !== 'string' || path === '' || path.includes('\0')) throw invalid('the path is no path');
    const place = (value: number) => Number.isSafeInteger(value) && value >= 0;
    if (!place(start) || (end !== undefined && (!place(end) || end < start - 1)))
      throw invalid(`there is no part from ${start} to ${end}`);
    this.start = start;
    this.end = end;
  }

  /**
   * Opens the file, unless it is open.
   * @throws StorageError INVALID_ARGUMENT, reason `body`, when there is nothing at the path, or no file, or it ends before `start`
   * or `end`; ABORTED, reason `body`, when it cannot be opened. The cause is the error of the file system.
   */
  async state(): Promise<FileState> {
    return (await this.opened()).state;
  }

  /**
   * Fills `buffer` from the byte at `position` of this body on.
   * @throws StorageError as `state`; ABORTED, reason `body`, when the file has become shorter.
   */
  async readInto(buffer: Uint8Array, position: number): Promise<void> {
    const { handle } = await this.opened();
    let filled = 0;
    while (filled < buffer.byteLength) {
      const at = this.start + position + filled;
      const { bytesRead } = await handle
        .read(buffer, filled, buffer.byteLength - filled, at)
        .catch((cause: unknown) => {
          throw this.failed('cannot be read', cause);
        });
      if (bytesRead === 0) throw this.failed(`ended at ${at}: it was cut while it was read`);
      filled += bytesRead;
    }
  }

  /** The bytes from `start` on, `byteLength` of them, to be read any number of times through one buffer. */
  part(start: number, byteLength: number): Rereadable {
    let buffer: Buffer | undefined;
    return {
      byteLength,
      read: async (from, to) => {
        if (!buffer || buffer.byteLength < to - from) buffer = Buffer.allocUnsafeSlow(to - from);
        const bytes = buffer.subarray(0, to - from);
        await this.readInto(bytes, start + from);
        return bytes;
      },
    };
  }

  /**
   * Whether the file is as it was when it was opened: same size, same time, same inode behind the path's descriptor.
   * @throws StorageError ABORTED, reason `changed`, when it is not.
   */
  async assertUnchanged(): Promise<void> {
    const { handle, state } = await this.opened();
    const now = await handle.stat();
    if (now.mtimeMs !== state.modifiedMs || (this.end === undefined && now.size - this.start !== state.size))
      throw new StorageError('ABORTED', `${this.path} was changed while it was read`, { reason: 'changed' });
  }

  override _read(): void {
    this.next().then(
      (bytes) => this.push(bytes),
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.opening) return done(error);
    this.opening
      .then(({ handle }) => handle.close())
      .then(
        () => done(error),
        (failure: unknown) => done(error ?? (failure as Error)),
      );
  }

  private async next(): Promise<Buffer | null> {
    const { size } = await this.state();
    const length = Math.min(CHUNK, size - this.position);
    if (length <= 0) {
      await this.assertUnchanged();
      return null;
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    await this.readInto(bytes, this.position);
    this.position += length;
    return bytes;
  }

  private opened(): Promise<{ readonly handle: FileHandle; readonly state: FileState }> {
    if (this.destroyed && !this.opening)
      return Promise.reject(this.failed('was given up before it was opened'));
    return (this.opening ??= this.openFile());
  }

  private async openFile(): Promise<{ readonly handle: FileHandle; readonly state: FileState }> {
    // Without O_NONBLOCK the open of a named pipe waits for its writer.
    const handle = await open(this.path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
      (cause: unknown) => {
        throw isBadPath(cause)
          ? invalid(`${this.path} is no file: ${errno(cause)}`, cause)
          : this.failed('cannot be opened', cause);
      },
    );
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw invalid(`${this.path} is no file`);
      const last = this.end ?? stats.size - 1;
      if (this.start > stats.size || last >= stats.size)
        throw invalid(`${this.path} has ${stats.size} bytes, fewer than were asked for`);
      const size = last - this.start + 1;
      return { handle, state: { size, modifiedMs: stats.mtimeMs, inode: stats.ino } };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private failed(what: string, cause?: unknown): StorageError {
    const code = errno(cause);
    const why = code === undefined ? '' : `: ${code}`;
    return new StorageError('ABORTED', `${this.path} ${what}${why}`, { reason: 'body', cause });
  }
}

function invalid(why: string, cause?: unknown): StorageError {
  return new StorageError('INVALID_ARGUMENT', `A file body: ${why}`, { reason: 'body', cause });
}
