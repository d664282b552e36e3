import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { throwIfAborted } from '../../core/abort.js';
import type { Body } from '../../core/backend.js';
import { consume, type ConsumeOptions } from '../../core/consume.js';
import { crc32Checksum } from '../../core/checksum.js';
import type { Checksum } from '../../core/object.js';
import { OPEN, unless, type Disk } from './disk.js';
import type { Leftovers } from './leftovers.js';
import { nextTime, versionOf, type Version } from './version.js';
import { writeAllOf } from './write-file.js';

/** Bytes gathered for one write. Measured: below it the calls cost, above it fresh pages do. */
const BLOCK = 1 << 20;
/** Chunks of one writev(2): below IOV_MAX, and so that a source of tiny chunks does not gather a million of them. */
const MOST_CHUNKS = 512;

/** How the ETag of an object is made: new with each write, or a hash of its content. */
export type EtagMode = 'unique' | 'md5' | 'sha256';

export interface StagedFileOptions {
  readonly mode: number;
  readonly durable: boolean;
  readonly etag: EtagMode;
}

/** Bytes on their way into an object: a temporary file that a rename can commit. */
export class StagedFile {
  /** Whether `path` names it no longer, because it became the object. */
  moved = false;
  private crc = 0;
  private position = 0;
  private readonly digest: Hash | undefined;

  private constructor(
    private readonly disk: Disk,
    readonly path: string,
    private fd: number,
    private readonly options: StagedFileOptions,
    /** Whether its content was there before. */
    private readonly isAdopted: boolean,
  ) {
    this.digest = options.etag === 'unique' ? undefined : createHash(options.etag);
  }

  /** A new, empty file. */
  static async create(disk: Disk, path: string, options: StagedFileOptions): Promise<StagedFile> {
    return new StagedFile(disk, path, await disk.open(path, OPEN.create, options.mode), options, false);
  }

  /** The file that is at `path`, with all its content. */
  static adopt(disk: Disk, path: string, options: StagedFileOptions): StagedFile {
    return new StagedFile(disk, path, -1, options, true);
  }

  /** Writes `body`: one block is on its way to the disk while the next one is gathered. @param written Told of bytes in the file. */
  async write(body: Body, options: ConsumeOptions, written?: (bytes: number) => void): Promise<void> {
    let gathered: Uint8Array[] = [];
    let bytes = 0;
    let writing: Promise<void> | undefined;
    const start = (): void => {
      const blocks = gathered;
      gathered = [];
      bytes = 0;
      writing = this.append(blocks, written);
      // Awaited with the next block; until then a failure must not count as unhandled.
      writing.catch(() => undefined);
    };
    try {
      await consume(body, options, (chunk) => {
        gathered.push(chunk);
        bytes += chunk.byteLength;
        if (bytes < BLOCK && gathered.length < MOST_CHUNKS) return;
        if (writing) return writing.then(start);
        start();
      });
    } finally {
      await writing?.catch(() => undefined);
    }
    await writing;
    if (bytes > 0) await this.append(gathered, written);
    throwIfAborted(options.signal);
  }

  /** Sets a time later than `after`, makes the file durable, and tells which version it is now. */
  async seal(after?: Version): Promise<Version> {
    if (this.fd < 0) this.fd = await this.reopen();
    for (let at = nextTime(after?.mtime), step = 1; ; at += step *= 10) {
      await this.disk.futimes(this.fd, at / 1e6, at / 1e6);
      const version = versionOf(this.disk.fstat(this.fd));
      // A file system may keep time in steps of up to two seconds.
      if (after && version.mtime <= after.mtime && step < 1e7) continue;
      if (this.options.durable) await this.disk.fsync(this.fd);
      return version;
    }
  }

  get checksum(): Checksum {
    return crc32Checksum(this.crc);
  }

  /** The hash of what was written, where the ETag is one. */
  contentEtag(): string | undefined {
    return this.digest?.copy().digest('hex');
  }

  /** Closes the descriptor. An error that only comes now is one of writing. */
  async close(): Promise<void> {
    const { fd } = this;
    this.fd = -1;
    if (fd >= 0) await this.disk.close(fd);
  }

  /** Lets go of it, and of the temporary name unless the file has moved. */
  async discard(leftovers: Leftovers): Promise<void> {
    await this.close().catch(() => undefined);
    if (!this.moved) await leftovers.remove(() => this.disk.unlink(this.path));
  }

  /** Writes `blocks` behind what was written, unless they are there already; they must not change before it is done. */
  async append(blocks: readonly Uint8Array[], written?: (bytes: number) => void): Promise<void> {
    const at = this.position;
    for (const block of blocks) {
      this.crc = crc32(block, this.crc);
      this.digest?.update(block);
      this.position += block.byteLength;
    }
    const end = this.position;
    if (!this.isAdopted) await writeAllOf(this.disk, this.fd, blocks, at);
    written?.(end - at);
  }

  /** A copy has the mode of its source, which may let nobody write. Its owner sets its times all the same. */
  private async reopen(): Promise<number> {
    const fd = await unless(['EACCES'], this.disk.open(this.path, OPEN.write));
    return fd ?? this.disk.open(this.path, OPEN.read);
  }
}
