import type { BigIntStats } from 'node:fs';
import type { Readable } from 'node:stream';
import { BytesBody } from '../../core/bytes-body.js';
import { checkRead } from '../../core/conditions.js';
import { contentTypeOf } from '../../core/content-type.js';
import { StorageError } from '../../core/error.js';
import type { ObjectContent, ObjectInfo } from '../../core/object.js';
import type { GetOptions } from '../../core/options.js';
import { resolveRange } from '../../core/range.js';
import type { Directory } from './directories.js';
import { OPEN, unless, type Disk } from './disk.js';
import { FileBody, shortened } from './file-body.js';
import { assertOwnName } from './folding.js';
import { splitKey } from './keys.js';
import { keyHash, type Kept } from './metadata.js';
import type { Root } from './root.js';
import { sameVersion, versionEtag, versionOf, type Version } from './version.js';

/** Content of at most this many bytes is read at once, so that no descriptor outlives the operation. */
const SMALL = 64 * 1024;
/** How often a reader begins anew because a writer came between. */
const ATTEMPTS = 100;

/** What a file is, with what was kept of it. */
export interface Found {
  readonly version: Version;
  readonly kept: Kept;
}

/** Reads objects: bytes and metadata that belong together, whoever writes meanwhile. */
export class Reader {
  constructor(
    private readonly disk: Disk,
    private readonly root: Root,
    private readonly options: {
      /** Whether an ETag that is a hash of the content is what callers see. */
      readonly contentEtags: boolean;
      readonly unreadMs: number;
    },
  ) {}

  async head(key: string): Promise<Found> {
    return this.retry(key, async (directory, name) => {
      const version = await this.stat(directory, name);
      if (!version) return undefined;
      const kept = await this.keptOf(key, version, directory, name);
      return kept ? { version, kept } : 'again';
    });
  }

  async get(key: string, options: GetOptions): Promise<ObjectContent> {
    const { fd, found } = await this.open(key);
    let taken = false;
    try {
      const info = infoOf(key, found);
      checkRead(options, info.etag);
      const range = options.range && resolveRange(options.range, info.size);
      const { start, end } = range ?? { start: 0, end: info.size - 1 };
      taken = end - start >= SMALL;
      const body = taken
        ? new FileBody(this.disk, fd, start, end, this.options.unreadMs)
        : await this.readSmall(fd, start, end);
      return { info, body, ...(range && { range }) };
    } finally {
      if (!taken) this.disk.closeRead(fd);
    }
  }

  /** The object as an open file, which the caller closes, and what belongs to just these bytes. */
  async open(key: string): Promise<{ readonly fd: number; readonly found: Found }> {
    return this.retry(key, async (directory, name) => {
      const opened = await this.openFile(directory, name);
      if (!opened) return undefined;
      const { fd, version } = opened;
      let kept: Kept | undefined;
      try {
        kept = await this.keptOf(key, version, directory, name);
      } finally {
        if (!kept) this.disk.closeRead(fd);
      }
      return kept ? { fd, found: { version, kept } } : 'again';
    });
  }

  /** The version of the file `name`; undefined when there is none. @throws StorageError for what is no plain file. */
  async stat(directory: Directory, name: string): Promise<Version | undefined> {
    return this.versionOf(await unless(['ENOENT', 'ENOTDIR'], this.disk.lstat(directory.at(name))));
  }

  /** As `stat`, of what lstat(2) said. */
  versionOf(stats: BigIntStats | undefined): Version | undefined {
    if (!stats || stats.isDirectory()) return undefined;
    if (!stats.isFile()) throw notPlain();
    return versionOf(stats);
  }

  /** What is kept of `version`; undefined when the file is no longer that version: then look again. */
  async keptOf(key: string, version: Version, directory: Directory, name: string): Promise<Kept | undefined> {
    const { metadata } = this.root;
    const hash = keyHash(key);
    if (!metadata.isByHand(hash, version)) {
      const record = await metadata.read(hash, version);
      if (record?.exact) return this.shown(record.kept);
      const now = await this.stat(directory, name);
      if (!now || !sameVersion(now, version)) return undefined;
      if (record) return this.shown(record.kept);
      metadata.setByHand(hash, version);
    }
    return { contentType: contentTypeOf(key) };
  }

  /** A hash that was kept under another setting is no ETag under this one: a list would show another. */
  private shown(kept: Kept): Kept {
    return this.options.contentEtags || kept.etag === undefined ? kept : { ...kept, etag: undefined };
  }

  /** Looks `again` as long as a writer comes between. @throws StorageError NOT_FOUND when `look` finds nothing. */
  private async retry<T>(
    key: string,
    look: (directory: Directory, name: string) => Promise<T | 'again' | undefined>,
  ): Promise<T> {
    const { directories, folding } = this.root;
    const { folder, name } = splitKey(key);
    if (folding) await assertOwnName(this.disk, directories, folding, key);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await directories.use(folder, (directory) => look(directory, name));
      if (found === undefined) throw new StorageError('NOT_FOUND', 'There is no such object');
      if (found !== 'again') return found;
    }
    throw new StorageError('UNAVAILABLE', 'The object is replaced faster than it can be read', {
      reason: 'busy',
    });
  }

  private async openFile(
    directory: Directory,
    name: string,
  ): Promise<{ fd: number; version: Version } | undefined> {
    const fd = await unless(['ENOENT', 'ENOTDIR'], this.disk.open(directory.at(name), OPEN.read));
    if (fd === undefined) return undefined;
    try {
      const stats = this.disk.fstat(fd);
      if (stats.isFile()) return { fd, version: versionOf(stats) };
      if (!stats.isDirectory()) throw notPlain();
    } catch (error) {
      this.disk.closeRead(fd);
      throw error;
    }
    this.disk.closeRead(fd);
    return undefined;
  }

  private async readSmall(fd: number, start: number, end: number): Promise<Readable> {
    const bytes = Buffer.allocUnsafe(end - start + 1);
    for (let done = 0; done < bytes.length;) {
      const count = await this.disk.read(fd, bytes, done, bytes.length - done, start + done);
      if (count === 0) throw shortened();
      done += count;
    }
    return new BytesBody(bytes);
  }
}

/** What a caller sees of a file. */
export function infoOf(key: string, { version, kept }: Found): ObjectInfo {
  const {
    contentType,
    cacheControl,
    contentDisposition,
    contentEncoding,
    contentLanguage,
    checksum,
    metadata,
  } = kept;
  return {
    key,
    size: version.size,
    lastModified: new Date(Number(version.mtime / 1_000_000n)),
    etag: kept.etag ?? versionEtag(version),
    contentType,
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(contentLanguage !== undefined && { contentLanguage }),
    ...(checksum && { checksum }),
    metadata: metadata ?? {},
  };
}

function notPlain(): StorageError {
  return new StorageError('PERMISSION_DENIED', 'What is there is no plain file, and links are not followed', {
    reason: 'symlink',
  });
}
