import type { StreamableFile } from '@nestjs/common';
import type { Readable } from 'node:stream';
import type { BackendResources, StorageBackend } from '../core/backend.js';
import type { BodyInput } from '../core/body.js';
import type { CapabilityType } from '../core/capability.js';
import { StorageError } from '../core/error.js';
import { assertKey } from '../core/key.js';
import { LayeredBackend } from '../core/layered-backend.js';
import type { ListPage, ObjectContent, ObjectInfo } from '../core/object.js';
import { MultipartUploads } from '../core/multipart-uploads.js';
import type {
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  OperationOptions,
  PutOptions,
} from '../core/options.js';
import { Presigning } from '../core/presigning.js';
import type { SignUrlOptions } from '../core/sign-options.js';
import type { SignedUrl } from '../core/signed-url.js';
import type { TransferMemory } from '../core/transfer-memory.js';
import { copyBetween } from '../transfer/copy/copy-between.js';
import type { CopyToOptions, CopyToResult, MoveToOptions } from '../transfer/copy/copy-to.options.js';
import { moveBetween } from '../transfer/copy/move-between.js';
import { moveWithin } from '../transfer/copy/move-within.js';
import type { DownloadOptions, DownloadResult } from '../transfer/download/download-options.js';
import { download } from '../transfer/download/download.js';
import { newTransfers, type Transfers } from '../transfer/transfers.js';
import { Uploads } from '../transfer/resume/uploads.js';
import { PrefixedBackend } from '../wrappers/prefixed.js';
import { deleteMany } from './delete-many.js';
import { deletePages, type DeletePrefixResult } from './delete-prefix.js';
import { StorageBatches } from './storage-batches.js';
import { datedKey, type KeyBuilder, type KeyParts } from './key-builder.js';
import { PAGE, pages } from './pages.js';
import { parseJson } from './parse-json.js';
import { publicUrlOf, type PublicUrl } from './public-url.js';
import { readBytes } from './read-bytes.js';
import { signedUrl } from './signed-url.js';
import { streamableFile } from './streamable-file.js';

/** What a storage does its own way. */
export interface StorageServiceOptions {
  /** Makes the keys of `newKey`. Default: `group/year/month/uuid.ext`. */
  readonly keys?: KeyBuilder | undefined;
  /** What `publicUrl` is made of. Default: there is none. */
  readonly publicUrl?: PublicUrl | undefined;
  /** What it shares with the other storages of its application. @internal */
  readonly resources?: BackendResources | undefined;
}

/**
 * The storage API of an application: everything that works the same on every backend.
 * Every method rejects with a StorageError and with nothing else; each takes a `signal` that ends it with ABORTED.
 */
export class StorageService extends StorageBatches {
  private readonly keys: KeyBuilder;
  private confined = false;
  private prefix = '';
  private transfers: Transfers;

  constructor(
    name: string,
    backend: StorageBackend,
    private readonly options: StorageServiceOptions = {},
  ) {
    super(name, backend instanceof LayeredBackend ? backend : new LayeredBackend(backend, name, []));
    this.keys = options.keys ?? datedKey;
    this.transfers = newTransfers(options.resources);
  }

  /**
   * Stores `body` under `key`, all at once or not at all. A missing `contentType` is guessed from the key's extension.
   * @throws StorageError INVALID_ARGUMENT, ALREADY_EXISTS (`ifAbsent`), PRECONDITION_FAILED, NOT_FOUND (`ifMatch`),
   * CONFLICT, NO_SPACE, PERMISSION_DENIED, ABORTED (also when the body fails), or what the body's StorageError says.
   */
  put(key: string, body: BodyInput, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.backend.put(key, body, options);
  }

  /**
   * The object and a stream of its content, or of a part of it. Read the body or destroy it.
   * @throws StorageError NOT_FOUND, RANGE_NOT_SATISFIABLE, PRECONDITION_FAILED (`ifMatch`), NOT_MODIFIED (`ifNoneMatch`) …
   */
  get(key: string, options: GetOptions = {}): Promise<ObjectContent> {
    return this.backend.get(key, options);
  }

  /** The content as a stream. @throws as `get`. */
  async stream(key: string, options: GetOptions = {}): Promise<Readable> {
    return (await this.get(key, options)).body;
  }

  /** The whole content, or a range of it, in memory. @throws as `get`; INTEGRITY when it ends early. */
  async bytes(key: string, options: GetOptions = {}): Promise<Buffer> {
    return readBytes(this.backend, this.name, await this.get(key, options), options);
  }

  /**
   * Brings an object to a file, a stream or memory. A file is there when it is whole, verified and on the disk; with `resume`
   * a download that was interrupted goes on. An object that is replaced meanwhile is begun anew, but not into a stream.
   * @throws as `get`; INVALID_ARGUMENT, NO_SPACE, PERMISSION_DENIED …, reason `target`; INTEGRITY; PRECONDITION_FAILED, reason
   * `changed`, when the object goes on changing; CONFLICT, reason `lock`, when another download to this file can be resumed too.
   */
  async download(key: string, options: DownloadOptions): Promise<DownloadResult> {
    return download(this.backend, this.name, key, options);
  }

  /** The content as UTF-8. @throws as `bytes`. */
  async text(key: string, options: GetOptions = {}): Promise<string> {
    return (await this.bytes(key, options)).toString();
  }

  /** The content as JSON, unchecked. @throws as `bytes`; INTEGRITY when it is no JSON. */
  async json<T = unknown>(key: string, options: GetOptions = {}): Promise<T> {
    return parseJson(await this.text(key, options), this.name, key) as T;
  }

  /**
   * What a controller may return: Nest's StreamableFile with type, length and disposition. What a browser would run (HTML,
   * SVG, scripts) is an attachment; `serveObject` of `nestjs-stowage/http` does ranges, conditions and `nosniff` as well.
   * A `contentEncoding` is not told to the client. @throws as `get`.
   */
  async file(key: string, options: Omit<GetOptions, 'range'> = {}): Promise<StreamableFile> {
    return streamableFile(await this.get(key, { ...options, range: undefined }));
  }

  /** What is known of the object. @throws StorageError NOT_FOUND; PERMISSION_DENIED where it may not be known. */
  async head(key: string, options: HeadOptions = {}): Promise<ObjectInfo> {
    return this.backend.head(key, options);
  }

  /** Whether there is such an object. A refusal is no absence: it throws, as `head` does. */
  async exists(key: string, options: HeadOptions = {}): Promise<boolean> {
    try {
      await this.head(key, options);
      return true;
    } catch (error) {
      if (StorageError.is(error, 'NOT_FOUND')) return false;
      throw error;
    }
  }

  /** Deletes the object; a missing one is no error. @throws StorageError PRECONDITION_FAILED, NOT_FOUND (`ifMatch`). */
  async delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.backend.delete(key, options);
  }

  /**
   * Deletes what begins with `prefix`, which may be empty only in a scope.
   * @throws StorageError INVALID_ARGUMENT; what a list throws; ABORTED or OUTCOME_UNKNOWN as `deleteMany`.
   */
  async deletePrefix(prefix: string, options: OperationOptions = {}): Promise<DeletePrefixResult> {
    if (typeof prefix !== 'string' || (prefix === '' && !this.confined)) {
      const what = `${this.name}: deletePrefix without a prefix would delete everything`;
      throw new StorageError('INVALID_ARGUMENT', what, { reason: 'prefix' });
    }
    const remove = (keys: readonly string[]) => deleteMany(this.backend, keys, options);
    return deletePages(pages(this.backend, { ...options, prefix }), remove, options.signal);
  }

  /** Copies content, headers and metadata inside the storage. @throws StorageError NOT_FOUND, ALREADY_EXISTS (`ifAbsent`) … */
  async copy(from: string, to: string, options: CopyOptions = {}): Promise<ObjectInfo> {
    return this.backend.copy(from, to, options);
  }

  /**
   * Copies, compares, then deletes the source, unless somebody replaced it meanwhile.
   * @throws as `copy`; PRECONDITION_FAILED when the source was replaced, INTEGRITY (`copy`): then both objects are there.
   */
  async move(from: string, to: string, options: CopyOptions = {}): Promise<ObjectInfo> {
    return moveWithin(this.backend, from, to, options);
  }

  /**
   * Copies `key` to another storage, with headers and metadata. Bytes pass through this process and are checked on their way, unless
   * both storages are one place. @param to The key there. Default: the same.
   * @throws as `get` here and `put` there; INTEGRITY when what was read, or stored, is something else: the result says how that is known.
   */
  async copyTo(
    key: string,
    target: StorageService,
    to = key,
    options: CopyToOptions = {},
  ): Promise<CopyToResult> {
    return copyBetween(this.backend, key, StorageService.backendOf(target), to, options);
  }

  /**
   * As `copyTo`, then deletes the object here, unless somebody replaced it meanwhile.
   * @throws as `copyTo`; PRECONDITION_FAILED when the source was replaced, CONFLICT when the copy was: then both are there; CONFLICT,
   * reason `itself`, when the copy may be its source, by another name of one place: it is still there.
   */
  async moveTo(
    key: string,
    target: StorageService,
    to = key,
    options: MoveToOptions = {},
  ): Promise<CopyToResult> {
    return moveBetween(this.backend, key, StorageService.backendOf(target), to, options);
  }

  /** The objects that begin with `prefix`, in the order of their keys' UTF-8 bytes, read page by page. */
  async *list(prefix = '', options: OperationOptions = {}): AsyncGenerator<ObjectInfo, void, undefined> {
    for await (const page of pages(this.backend, { ...options, prefix })) yield* page.objects;
  }

  /** One page: at most `limit` (1,000) objects and, with `delimiter: '/'`, prefixes. @throws StorageError INVALID_ARGUMENT. */
  async page(options: Partial<ListOptions> = {}): Promise<ListPage> {
    return this.backend.list({ ...options, prefix: options.prefix ?? '', limit: options.limit ?? PAGE });
  }

  /**
   * A URL by which anyone may read the object (GET, unless `method` says otherwise), store or delete it until it expires.
   * @throws StorageError INVALID_ARGUMENT; UNSUPPORTED where the backend signs no URLs: the message says what to set.
   */
  async signedUrl(key: string, options: SignUrlOptions = {}): Promise<SignedUrl> {
    return signedUrl(this.as(Presigning), key, options);
  }

  /**
   * The URL at which anyone reads the object for good, where its storage has a `publicUrl`. It need not be there.
   * @throws StorageError UNSUPPORTED: the message says what to set; INVALID_ARGUMENT for a bad key.
   */
  publicUrl(key: string): string {
    return publicUrlOf(this.name, this.options.publicUrl, this.prefix, key);
  }

  /**
   * Whether no two calls of `newKey` give one key, so that a put needs no condition.
   * @internal
   */
  get hasUniqueKeys(): boolean {
    return this.keys === datedKey;
  }

  /** A key for a new object, by the storage's key builder. In a scope `group` is left out. @throws StorageError INVALID_ARGUMENT. */
  newKey(parts: Partial<KeyParts> = {}): string {
    const { group, ...rest } = parts;
    const key = this.keys({ ...rest, ...(!this.confined && { group }), now: parts.now ?? new Date() });
    assertKey(key);
    return key;
  }

  /**
   * The part of this storage below `prefix + '/'`. Keys are relative to it, in and out, and nothing
   * outside can be named, listed, copied or reached by a capability.
   * @throws StorageError INVALID_ARGUMENT for a prefix that is no key.
   */
  scoped(prefix: string): StorageService {
    const bare = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
    assertKey(bare);
    const scope = new StorageService(
      this.name,
      this.backend.scoped(`${bare}/`, (inner) => new PrefixedBackend(inner, `${bare}/`)),
      this.options,
    );
    scope.confined = true;
    scope.prefix = `${this.prefix}${bare}/`;
    scope.transfers = this.transfers;
    return scope;
  }

  /** Uploads with a handle, that go on after a crash. Its methods throw UNSUPPORTED where the backend takes no parts. */
  get uploads(): Uploads {
    const { name, backend, transfers } = this;
    return new Uploads({ storage: name, backend, parts: () => this.as(MultipartUploads), ...transfers });
  }

  /** What parts of streams wait in. @internal */
  get transferMemory(): TransferMemory {
    return this.transfers.memory();
  }

  /** Whether this storage has the feature `type`. */
  supports(type: CapabilityType): boolean {
    return this.backend.capability(type) !== undefined;
  }

  /** The feature `type` of this storage's backend, within its layers and scope. @throws StorageError UNSUPPORTED. */
  as<T extends object>(type: CapabilityType<T>): T {
    const found = this.backend.capability(type);
    if (found) return found;
    const where = this.confined ? 'its scope has' : `its backend (${this.backend.kind}) has`;
    const hint = this.backend.capabilityHint(type);
    const what = `${this.name}: ${where} no ${type.name}${hint === undefined ? '' : `: ${hint}`}`;
    throw new StorageError('UNSUPPORTED', what, { storage: this.name, reason: type.name });
  }

  private static backendOf(target: StorageService): LayeredBackend {
    if ((target as unknown) instanceof StorageService) return target.backend;
    throw new StorageError('INVALID_ARGUMENT', 'The target is no StorageService', { reason: 'target' });
  }
}
