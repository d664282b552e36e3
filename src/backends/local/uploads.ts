import { throwIfAborted } from '../../core/abort.js';
import { chooseParts } from '../../core/choose-parts.js';
import { errno } from '../../core/errno.js';
import { StorageError } from '../../core/error.js';
import { noUpload } from '../../core/no-upload.js';
import type { ObjectInfo } from '../../core/object.js';
import type { OperationOptions } from '../../core/options.js';
import type {
  BeginUploadOptions,
  CompleteUploadOptions,
  PartLimits,
  UploadedPart,
} from '../../core/part-store.js';
import type { Rereadable } from '../../core/rereadable.js';
import { assemble } from './assemble.js';
import type { Directory } from './directories.js';
import { unless, type Disk } from './disk.js';
import { splitKey } from './keys.js';
import { keptOf } from './kept-of.js';
import { lockLost } from './owner.js';
import { JoinedFile } from './joined-file.js';
import { writePartFile, type KeptPart } from './part-file.js';
import { infoOf, type Reader } from './reader.js';
import type { Root } from './root.js';
import { StoredParts } from './stored-parts.js';
import { syncDirectory } from './sync-directory.js';
import type { UploadRecord } from './upload-folders.js';
import type { Writer } from './writer.js';

/** What a completion fails with when another one of the same upload was first. */
const OVERTAKEN = ['NOT_FOUND', 'ALREADY_EXISTS', 'PRECONDITION_FAILED', 'INVALID_ARGUMENT'] as const;

/** Changes uploads in parts: below the own folder of a root, until one becomes an object under the lock of its key. */
export class Uploads {
  constructor(
    private readonly disk: Disk,
    private readonly root: Root,
    private readonly reader: Reader,
    private readonly writer: Writer,
    private readonly options: { readonly mode: number; readonly durable: boolean },
  ) {}

  async begin(key: string, options: BeginUploadOptions): Promise<string> {
    throwIfAborted(options.signal);
    const initiated = new Date().toISOString();
    const record: UploadRecord = { v: 1, key, initiated, kept: keptOf(options) };
    return this.root.owner.run((owner) => this.root.uploads.make(owner, record));
  }

  async putPart(
    key: string,
    id: string,
    number: number,
    bytes: Uint8Array | Rereadable,
    { signal }: OperationOptions,
  ): Promise<UploadedPart> {
    await this.find(key, id);
    return this.root.owner.run(async (owner) => {
      const path = this.root.owner.temporary(owner);
      try {
        const joined = await this.joined(id, (file) => file.write(number, path, bytes, signal));
        const part = joined ?? (await writePartFile(this.disk, path, this.options, number, bytes, signal));
        const placed = await this.root.uploads.use(id, async (directory) => {
          await this.place(path, directory, number, owner);
          return true;
        });
        // It may have ended while its folder was open here: then the part has gone with it. That a disk does not tell is no reason
        // to deny what is done.
        const isThere = () => this.root.uploads.use(id, () => Promise.resolve(true));
        if (!placed || !(await isThere().catch(() => true))) throw noUpload();
        return part;
      } catch (error) {
        await this.root.leftovers.remove(() => this.disk.unlink(path));
        throw error;
      }
    });
  }

  async complete(
    key: string,
    id: string,
    named: readonly UploadedPart[],
    options: CompleteUploadOptions,
  ): Promise<ObjectInfo> {
    throwIfAborted(options.signal);
    const made = await this.made(key, id, options);
    if (made) return made;
    try {
      return await this.make(key, id, named, options);
    } catch (error) {
      if (!StorageError.is(error, ...OVERTAKEN)) throw error;
      const meanwhile = await this.made(key, id, options);
      if (meanwhile) return meanwhile;
      // Parts that are missing because the upload has ended are no mistake of the caller.
      await this.find(key, id);
      throw error;
    }
  }

  async abort(key: string, id: string, { signal }: OperationOptions): Promise<void> {
    throwIfAborted(signal);
    const record = await this.root.uploads.read(id);
    if (record?.key === key) await this.end(key, id, signal);
  }

  /** The upload `id` of `key`. @throws StorageError NOT_FOUND, reason `upload`. */
  async find(key: string, id: string): Promise<UploadRecord> {
    const record = await this.root.uploads.read(id);
    if (record?.key !== key) throw noUpload();
    return record;
  }

  private async make(
    key: string,
    id: string,
    named: readonly UploadedPart[],
    options: CompleteUploadOptions,
  ): Promise<ObjectInfo> {
    const { uploads } = this.root;
    const { kept } = await this.find(key, id);
    const parts = chooseParts(await this.stored(id, named), named, LOCAL_PART_LIMITS);
    let away: string | undefined;
    let linked = false;
    const stored = this.writer.store(
      key,
      { ...kept, ...options, upload: id },
      {
        adopt: async (path) => {
          linked = (await this.joined(id, (file) => file.link(parts, path))) ?? false;
          return linked;
        },
        fill: (staged) => assemble(this.disk, uploads, id, parts, staged, options.signal),
        // Under the lock of the key, as an abort and other completions: of all these one is first.
        before: async () => void (await this.find(key, id)),
        after: async (owner) => {
          await this.root.leftovers.remove(async () => (away = await uploads.takeAway(id, owner)));
        },
      },
    );
    const info = await stored.catch(async (error: unknown) => {
      if (linked && !StorageError.is(error, 'OUTCOME_UNKNOWN'))
        await this.joined(id, (file) => file.letGo(parts)).catch(() => undefined);
      throw error;
    });
    await uploads.discard(away);
    return info;
  }

  /**
   * What is stored at `key`, if it came of this upload: its completion was interrupted before it had removed the upload, or its
   * answer was lost.
   */
  private async made(key: string, id: string, { signal }: OperationOptions): Promise<ObjectInfo | undefined> {
    const found = await this.reader.head(key).catch((error: unknown) => {
      if (StorageError.is(error, 'NOT_FOUND')) return undefined;
      throw error;
    });
    if (found?.kept.upload !== id) return undefined;
    if (await this.root.uploads.read(id)) {
      const { folder } = splitKey(key);
      if (this.options.durable) await this.root.directories.use(folder, syncDirectory);
      await this.end(key, id, signal);
    }
    return infoOf(key, found);
  }

  private async end(key: string, id: string, signal: AbortSignal | undefined): Promise<void> {
    const { uploads } = this.root;
    await uploads.discard(
      await this.writer.locked(key, signal, ({ owner }) => {
        throwIfAborted(signal);
        return uploads.takeAway(id, owner);
      }),
    );
  }

  /** Puts the file `path` in the place of part `number`, or over the part that is there. */
  private async place(path: string, directory: Directory, number: number, owner: string): Promise<void> {
    try {
      await this.disk.rename(path, directory.at(String(number)));
    } catch (error) {
      if (errno(error) === 'ENOENT') {
        if (await this.root.owner.isFenced(owner)) throw lockLost(error);
        throw noUpload(error);
      }
      // It may have happened all the same.
      if (await unless(['ENOENT'], this.disk.lstat(path))) throw error;
    }
    if (this.options.durable) await syncDirectory(directory);
  }

  private async joined<T>(id: string, work: (file: JoinedFile) => Promise<T>): Promise<T | undefined> {
    return this.root.uploads.use(id, (directory) => work(new JoinedFile(this.disk, directory, this.options)));
  }

  private async stored(id: string, named: readonly UploadedPart[]): Promise<Map<number, KeptPart>> {
    const stored = new Map<number, KeptPart>();
    await this.root.uploads.use(id, async (directory) => {
      const parts = new StoredParts(this.disk, directory);
      for (const { number } of named) {
        const part = await parts.find(number);
        if (part) stored.set(number, part);
      }
    });
    return stored;
  }
}

/** 10,000 parts of 5 GiB, as S3 takes them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const LOCAL_PART_LIMITS: PartLimits = {
  minPart: 1,
  maxPart: 5 * 1024 ** 3,
  maxParts: 10_000,
  maxObject: 10_000 * 5 * 1024 ** 3,
  equalParts: false,
};
