import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ObjectInfo } from '../../core/object.js';
import { unless, type Disk } from './disk.js';
import type { Directories } from './directories.js';
import { readFile } from './read-file.js';
import { versionName, type Version } from './version.js';
import { writeFile } from './write-file.js';

/** Records kept in memory; each is a few hundred bytes. */
const CACHED = 10_000;

/** Files known to have no record; and for how many milliseconds, because a backup may bring it after the file. */
const BY_HAND = 10_000;
const BY_HAND_MS = 1000;

/** What is kept of an object beside its bytes. Size, time and the usual ETag are those of the file. */
export type Kept = Pick<
  ObjectInfo,
  | 'contentType'
  | 'cacheControl'
  | 'contentDisposition'
  | 'contentEncoding'
  | 'contentLanguage'
  | 'checksum'
  | 'metadata'
> & {
  /** An ETag made of the content, where the backend is set to that. */
  readonly etag?: string | undefined;
  /** The upload in parts that it came of. */
  readonly upload?: string | undefined;
};

interface SidecarRecord extends Kept {
  readonly v: 1;
  readonly key: string;
  /** Of the file that it was written for, in decimal. */
  readonly inode: string;
}

/**
 * The metadata of objects: one file for each version of each key, at `.stowage/meta/<1>/<63>.<size>-<mtime>` (the 64 hex
 * digits are the SHA-256 of the key; sixteen folders, so that they can stay open). It is there before the content that it belongs to and never changes, so that
 * whoever has opened a file finds what belongs to just these bytes, and may keep it.
 */
export class MetadataStore {
  private readonly cache = new LRUCache<string, SidecarRecord>({ max: CACHED });

  private readonly byHand = new LRUCache<string, number>({ max: BY_HAND });

  constructor(
    private readonly disk: Disk,
    private readonly directories: Directories,
    private readonly durable: boolean,
  ) {}

  /** Writes the record of `version` to the temporary file `path`, whence `commit` takes it. */
  async stage(path: string, key: string, version: Version, kept: Kept): Promise<void> {
    // In this order: what a copy keeps is the record of its source.
    const record: SidecarRecord = { ...kept, v: 1, key, inode: String(version.inode) };
    await writeFile(this.disk, path, Buffer.from(JSON.stringify(record)), this.durable);
  }

  async commit(path: string, hash: string, version: Version): Promise<void> {
    const { folder, name } = place(hash, version);
    await this.directories.ensure(folder, async (directory) => {
      await this.disk.rename(path, directory.at(name));
      if (this.durable) await directory.sync();
    });
  }

  /**
   * The record of `version`; undefined when there is none. `exact` tells whether it was surely written for this very
   * file: not when it was restored from a backup, which gave it another inode.
   */
  async read(
    hash: string,
    version: Version,
  ): Promise<{ readonly kept: Kept; readonly exact: boolean } | undefined> {
    const id = cacheId(hash, version);
    const record = this.cache.get(id) ?? (await this.load(id, hash, version));
    return record && { kept: record, exact: record.inode === String(version.inode) };
  }

  /**
   * Whether `version` was found to have no record a moment ago. None comes later, but with a backup: a record is there before
   * its content.
   */
  isByHand(hash: string, version: Version): boolean {
    const until = this.byHand.get(cacheId(hash, version));
    return until !== undefined && performance.now() < until;
  }

  /** Says that `version` is in its place and has no record. */
  setByHand(hash: string, version: Version): void {
    this.byHand.set(cacheId(hash, version), performance.now() + BY_HAND_MS);
  }

  async remove(hash: string, version: Version): Promise<void> {
    const { folder, name } = place(hash, version);
    this.cache.delete(cacheId(hash, version));
    await this.directories.use(folder, (directory) =>
      unless(['ENOENT'], this.disk.unlink(directory.at(name))),
    );
  }

  /**
   * Gives the records of `hash` that belong to no content to `remove`, by their paths. `current` finds out which
   * content there is, given the key.
   */
  async tidy(
    hash: string,
    current: (key: string) => Promise<Version | undefined>,
    remove: (path: string) => Promise<void>,
  ): Promise<void> {
    const { folder, start } = shard(hash);
    await this.directories.use(folder, async (directory) => {
      for (const { name } of await this.disk.readdir(directory.at('.'))) {
        if (!name.startsWith(start)) continue;
        const record = parse(await unless(['ENOENT'], this.disk.readFile(directory.at(name))));
        const version = record && (await current(record.key));
        if (version && name === start + versionName(version)) continue;
        await remove(directory.at(name));
      }
    });
  }

  private async load(id: string, hash: string, version: Version): Promise<SidecarRecord | undefined> {
    const { folder, name } = place(hash, version);
    const bytes = await this.directories.use(folder, (directory) => readFile(this.disk, directory, name));
    const record = parse(bytes);
    if (record) this.cache.set(id, record);
    return record;
  }
}

/** The name by which a key is known outside the tree of objects. */
export const keyHash = (key: string): string => hash('sha256', key, 'hex');

/** With the inode: see `versionEtag`. */
const cacheId = (hash: string, version: Version): string =>
  `${hash}.${versionName(version)}.${version.inode}`;

function shard(hash: string): { readonly folder: string; readonly start: string } {
  return { folder: `.stowage/meta/${hash.slice(0, 1)}`, start: `${hash.slice(1)}.` };
}

function place(hash: string, version: Version): { readonly folder: string; readonly name: string } {
  const { folder, start } = shard(hash);
  return { folder, name: start + versionName(version) };
}

/** A record that cannot be read is as none: the object is then served as a file that was put there by hand. */
function parse(bytes: Buffer | undefined): SidecarRecord | undefined {
  if (!bytes) return undefined;
  try {
    const record = JSON.parse(bytes.toString()) as Partial<SidecarRecord>;
    return record.v === 1 && typeof record.key === 'string' ? (record as SidecarRecord) : undefined;
  } catch {
    return undefined;
  }
}
