import { randomBytes } from 'node:crypto';
import { crc32Checksum } from '../../core/checksum.js';
import type { UploadedPart } from '../../core/part-store.js';
import type { Rereadable } from '../../core/rereadable.js';
import type { Directory } from './directories.js';
import { NO_LINKS, OPEN, unless, type Disk } from './disk.js';
import { JOINED } from './joined-name.js';
import { writeJoinedRecord } from './joined-record.js';
import type { KeptPart, PartFileOptions } from './part-file.js';
import { StoredParts } from './stored-parts.js';
import { writeContent } from './write-content.js';
import { writeFile } from './write-file.js';

/** Where a part may be written, and the file that says so. */
interface Place {
  readonly fd: number;
  readonly start: number;
  readonly claim: string;
}

/**
 * The file that parts share which come in their order, one behind the other: it can become the object without being copied.
 *
 * Nobody ever writes where somebody else may. Who makes the file writes the first part; who makes `joined.<offset>` what
 * begins there: the next part, or nothing, when it is a completion. Neither is made twice, so that whoever is held for dead
 * and writes on harms no part that is told of, and no object. Who comes too late makes a file of its own (part-file.ts).
 */
export class JoinedFile {
  constructor(
    private readonly disk: Disk,
    private readonly directory: Directory,
    private readonly options: PartFileOptions,
  ) {}

  /** Writes part `number` behind the one before it, and its record at `path`; undefined when it cannot be there. */
  async write(
    number: number,
    path: string,
    bytes: Uint8Array | Rereadable,
    signal: AbortSignal | undefined,
  ): Promise<UploadedPart | undefined> {
    const place = await this.place(number);
    if (!place) return undefined;
    const { fd, start } = place;
    const { durable } = this.options;
    const { size, crc } = await writeContent(this.disk, fd, bytes, start, signal).catch(async (error) => {
      await this.giveBack(place);
      throw error;
    });
    try {
      if (durable) await this.disk.fsync(fd);
    } catch (error) {
      await this.disk.close(fd).catch(() => undefined);
      throw error;
    }
    await this.disk.close(fd);
    const etag = randomBytes(8).toString('hex');
    await writeFile(this.disk, path, writeJoinedRecord({ start, size, crc, etag }), durable);
    return { number, size, etag, checksum: crc32Checksum(crc) };
  }

  /** Makes `path` another name of the file, when it is just `parts`, and nobody can write behind them. */
  async link(parts: readonly KeptPart[], path: string): Promise<boolean> {
    let end = 0;
    for (const { start, size } of parts) {
      if (start !== end) return false;
      end += size;
    }
    if (!(await this.claim(end))) return false;
    const name = this.directory.at(JOINED);
    const stats = await unless(['ENOENT'], this.disk.lstat(name));
    // The times of a file are set by its owner alone.
    if (!stats?.isFile() || Number(stats.size) !== end || !isOwn(stats.uid)) return false;
    const linked = this.disk.link(name, path).then(() => true);
    return (await unless([...NO_LINKS, 'ENOENT'], linked)) ?? false;
  }

  private async place(number: number): Promise<Place | undefined> {
    const name = this.directory.at(JOINED);
    if (number === 1) {
      const fd = await unless(['EEXIST', 'ENOENT'], this.disk.open(name, OPEN.create, this.options.mode));
      return fd === undefined ? undefined : { fd, start: 0, claim: name };
    }
    const before = await new StoredParts(this.disk, this.directory).find(number - 1);
    if (before?.start === undefined) return undefined;
    const start = before.start + before.size;
    const claim = await this.claim(start);
    if (!claim) return undefined;
    return { fd: await this.disk.open(name, OPEN.write), start, claim };
  }

  /** The right to what begins at `offset`; undefined when somebody has it, or the upload has ended. */
  private async claim(offset: number): Promise<string | undefined> {
    const path = this.directory.at(`${JOINED}.${offset}`);
    const fd = await unless(['EEXIST', 'ENOENT'], this.disk.open(path, OPEN.create, this.options.mode));
    if (fd === undefined) return undefined;
    await this.disk.close(fd);
    return path;
  }

  /** Lets the next one try. Where it cannot be done, that one makes a file of its own. */
  private async giveBack({ fd, start, claim }: Place): Promise<void> {
    try {
      await this.disk.ftruncate(fd, start);
      await this.disk.unlink(claim);
    } catch {
      // The right stays ours, and is used by nobody.
    } finally {
      await this.disk.close(fd).catch(() => undefined);
    }
  }
}

const isOwn = (uid: bigint): boolean => {
  const ours = process.geteuid?.();
  return ours === undefined || BigInt(ours) === uid;
};
