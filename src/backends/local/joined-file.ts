import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
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

/** What the disk says where this file is not for us, by its mode or by rules of the system: a file of one's own may be. */
const REFUSED = ['EACCES', 'EPERM', 'EXDEV'];

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
    const end = endOf(parts);
    if (end === undefined || !(await this.claim(end))) return false;
    const name = this.directory.at(JOINED);
    const stats = await unless(['ENOENT'], this.disk.lstat(name));
    if (!stats?.isFile() || Number(stats.size) !== end || !canBeObject(stats)) return false;
    const linked = this.disk.link(name, path).then(() => true);
    return (await unless([...NO_LINKS, ...REFUSED, 'ENOENT'], linked)) ?? false;
  }

  /** Lets the next completion or part have what `link` took for `parts`, when no object came of it. */
  async letGo(parts: readonly KeptPart[]): Promise<void> {
    const stats = await this.disk.lstat(this.directory.at(JOINED));
    if (hasOneName(stats)) await this.disk.unlink(this.directory.at(`${JOINED}.${endOf(parts)}`));
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
    const fd = await this.open(name);
    return fd === undefined ? undefined : { fd, start, claim };
  }

  /** To write to it; undefined when it has gone, is not ours to write, or is somebody else's, too. */
  private async open(name: string): Promise<number | undefined> {
    const fd = await unless(['ENOENT', ...REFUSED], this.disk.open(name, OPEN.write));
    if (fd === undefined) return undefined;
    let isAlone = false;
    try {
      isAlone = hasOneName(this.disk.fstat(fd));
      return isAlone ? fd : undefined;
    } finally {
      if (!isAlone) this.disk.closeRead(fd);
    }
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

/** Where `parts` end that lie one behind the other; undefined when they do not. */
function endOf(parts: readonly KeptPart[]): number | undefined {
  let end = 0;
  for (const { start, size } of parts) {
    if (start !== end) return undefined;
    end += size;
  }
  return end;
}

/**
 * Whether no object and no backup is the same file. Where power was lost, the right to the end of an object may be lost as
 * well; and there are backups that are made of links (`cp -al`).
 */
const hasOneName = ({ nlink }: BigIntStats): boolean => nlink <= 1n;

/** Its times are set when it is made the object: by its owner alone, who must be able to open it. */
const canBeObject = (stats: BigIntStats): boolean => {
  const ours = process.geteuid?.();
  const isOwn = ours === undefined || BigInt(ours) === stats.uid;
  return isOwn && (stats.mode & 0o200n) !== 0n && hasOneName(stats);
};
