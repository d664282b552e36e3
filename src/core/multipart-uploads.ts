import { types } from 'node:util';
import { SCOPED, type ScopableCapability } from './capability.js';
import { checkOptions } from './check-options.js';
import { StorageError } from './error.js';
import { assertKey, keyProblem } from './key.js';
import { assertKnownOptions } from './known-options.js';
import type { ObjectInfo } from './object.js';
import type { OperationOptions } from './options.js';
import type {
  BeginUploadOptions,
  BegunUpload,
  CompleteUploadOptions,
  ListPartsOptions,
  ListUploadsOptions,
  PartLimits,
  PartsPage,
  PartStore,
  UploadConditions,
  UploadedPart,
  UploadsPage,
} from './part-store.js';
import type { Rereadable } from './rereadable.js';
import { RunningUploads } from './running-uploads.js';

const CONDITIONS = ['ifAbsent', 'ifMatch'];
/** What is kept with the object. */
const KEPT = [
  ...['contentType', 'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage', 'metadata'],
];

/**
 * Objects that are uploaded in parts, in any order, by any number of processes, and that become visible all at once. What
 * `StorageService.put` and `StorageService.uploads` do by themselves; for those who bring their own protocol.
 *
 * An upload lives until it is completed or aborted: whoever begins one has to end it, also after a crash.
 */
export class MultipartUploads implements ScopableCapability<MultipartUploads> {
  static readonly reads = ['listParts', 'list'] as const;

  constructor(
    private readonly store: PartStore,
    private readonly prefix = '',
    /**
     * Those that this process works at, in any scope: puts and resumable uploads are among them by themselves. Whoever works at
     * one that `begin` gave adds it, so that `storage.uploads.sweep` of this process leaves it alone, and ends it.
     */
    readonly running = new RunningUploads(),
  ) {}

  /** What this backend takes: sizes in bytes. */
  get limits(): PartLimits {
    return this.store.partLimits;
  }

  /**
   * Finds out whether the backend holds to conditions of `complete`, so that nothing is sent in vain. It may have to prove it
   * on an object beside the one in question. Whether they hold now is not looked at.
   * @throws StorageError UNSUPPORTED when it does not; INVALID_ARGUMENT.
   */
  async checkConditions(key: string, options?: UploadConditions): Promise<void> {
    assertOptions('checkConditions', options, CONDITIONS);
    const absolute = this.absolute(key);
    const { signal, ...conditions } = conditionsOf(absolute, options);
    if (conditions.ifAbsent || conditions.ifMatch !== undefined)
      await this.store.checkConditions?.(absolute, { ...conditions, signal });
  }

  /**
   * Begins an upload of `key`. A missing `contentType` is guessed from the key's extension.
   * @throws StorageError INVALID_ARGUMENT, BUCKET_NOT_FOUND, PERMISSION_DENIED, UNSUPPORTED …
   */
  async begin(key: string, options?: BeginUploadOptions): Promise<BegunUpload> {
    const absolute = this.absolute(key);
    assertNoneOf(['ifAbsent', 'ifMatch', 'size'], options);
    assertOptions('begin', options, [...KEPT, 'signedParts', ...(this.store.accepts ?? [])]);
    const { signedParts, ...kept } = options ?? {};
    if (signedParts !== undefined && typeof signedParts !== 'boolean')
      throw refused('signedParts', 'is true or false');
    const checked = checkOptions.put(absolute, kept);
    return { ...(await this.store.begin(absolute, { ...checked, signedParts })), key };
  }

  /**
   * Stores part `number`; one that is there under the same number is replaced.
   * @param number From 1 to `limits.maxParts`.
   * @param bytes At least `limits.minPart`, unless it is the last part, and at most `limits.maxPart`.
   * @throws StorageError INVALID_ARGUMENT, TOO_LARGE; NOT_FOUND, reason `upload`, when there is no such upload; INTEGRITY.
   */
  async putPart(
    key: string,
    uploadId: string,
    number: number,
    bytes: Uint8Array | Rereadable,
    options?: OperationOptions,
  ): Promise<UploadedPart> {
    assertOptions('putPart', options);
    const absolute = this.absolute(key);
    assertUploadId(uploadId);
    this.assertNumber(number);
    assertPart(bytes);
    if (bytes.byteLength > this.limits.maxPart)
      throw new StorageError('TOO_LARGE', `A part has at most ${this.limits.maxPart} bytes`, {
        reason: 'size',
      });
    return this.store.putPart(absolute, uploadId, number, bytes, { ...options });
  }

  /** The parts that are stored, a page of them. @throws StorageError NOT_FOUND, reason `upload`. */
  async listParts(key: string, uploadId: string, options?: ListPartsOptions): Promise<PartsPage> {
    assertOptions('listParts', options, ['after']);
    const absolute = this.addressed(key);
    assertUploadId(uploadId);
    const { after = 0 } = options ?? {};
    if (!Number.isSafeInteger(after) || after < 0) throw refused('after', 'is the number of a part, or 0');
    return this.store.listParts(absolute, uploadId, { ...options });
  }

  /**
   * Makes the object of `parts`, all at once or not at all, and ends the upload.
   * @param parts In the order of their numbers, each as `putPart` or `listParts` gave it; parts that are not named are dropped.
   * @throws StorageError INVALID_ARGUMENT, reason `parts`, for parts that are missing, out of order or too small; NOT_FOUND;
   * ALREADY_EXISTS, PRECONDITION_FAILED, CONFLICT; OUTCOME_UNKNOWN when the answer was lost and cannot be found out.
   */
  async complete(
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    options?: CompleteUploadOptions,
  ): Promise<ObjectInfo> {
    assertOptions('complete', options, [...CONDITIONS, 'token']);
    const absolute = this.absolute(key);
    assertUploadId(uploadId);
    this.assertParts(parts);
    const conditions = conditionsOf(absolute, options);
    const info = await this.store.complete(absolute, uploadId, parts, {
      ...conditions,
      token: options?.token,
    });
    return { ...info, key };
  }

  /** Removes the upload and its parts; one that is not there is no error. @throws StorageError UNAVAILABLE, PERMISSION_DENIED … */
  async abort(key: string, uploadId: string, options?: OperationOptions): Promise<void> {
    assertOptions('abort', options);
    const absolute = this.addressed(key);
    assertUploadId(uploadId);
    return this.store.abort(absolute, uploadId, { ...options });
  }

  /** Uploads that were begun and not ended, a page of them; other clients' too. */
  async list(options?: ListUploadsOptions): Promise<UploadsPage> {
    assertOptions('list', options, ['prefix', 'cursor']);
    const { prefix = '', cursor, signal } = options ?? {};
    checkOptions.list({ prefix, cursor, limit: 1 });
    const page = await this.store.listUploads({ prefix: this.prefix + prefix, cursor, signal });
    return {
      ...page,
      uploads: page.uploads
        .filter(({ key }) => key.length > this.prefix.length)
        .map((upload) => ({ ...upload, key: upload.key.slice(this.prefix.length) })),
    };
  }

  [SCOPED](prefix: string): MultipartUploads {
    return new MultipartUploads(this.store, this.prefix + prefix, this.running);
  }

  private absolute(key: string): string {
    assertKey(key);
    const absolute = this.prefix + key;
    assertKey(absolute, (whole) => keyProblem(whole) ?? this.store.keyProblem?.(whole));
    return absolute;
  }

  /** Of an upload that others may have begun: any key that the backend can have. */
  private addressed(key: string): string {
    const problem = (whole: string) => this.store.keyProblem?.(whole);
    if (this.prefix !== '' || !this.store.keyProblem) return this.absolute(key);
    assertKey(key, problem);
    return key;
  }

  private assertNumber(number: number): void {
    const { maxParts } = this.limits;
    if (!Number.isSafeInteger(number) || number < 1 || number > maxParts)
      throw new StorageError('INVALID_ARGUMENT', `A part has a number from 1 to ${maxParts}, not ${number}`, {
        reason: 'parts',
      });
  }

  private assertParts(parts: readonly UploadedPart[]): void {
    if (!Array.isArray(parts) || parts.length === 0)
      throw new StorageError('INVALID_ARGUMENT', 'An upload is completed with one part or more', {
        reason: 'parts',
      });
    let before = 0;
    for (const part of parts as readonly unknown[]) {
      assertUploadedPart(part);
      const { number } = part;
      this.assertNumber(number);
      if (number <= before)
        throw new StorageError('INVALID_ARGUMENT', 'The parts are not in the order of their numbers', {
          reason: 'parts',
        });
      before = number;
    }
  }
}

/** @throws StorageError INVALID_ARGUMENT for an option that a method has not, and a signal that is none. */
function assertOptions(method: string, options: object | undefined, known: readonly string[] = []): void {
  if (options !== undefined) assertKnownOptions(method, options, [...known, 'signal']);
}

/** @throws StorageError INVALID_ARGUMENT for conditions that are none. */
function conditionsOf(key: string, { ifAbsent, ifMatch, signal }: UploadConditions = {}): UploadConditions {
  const checked = checkOptions.put(key, { ifAbsent, ifMatch });
  return { ifAbsent: checked.ifAbsent, ifMatch: checked.ifMatch, signal };
}

function assertPart(bytes: unknown): void {
  if (types.isUint8Array(bytes)) return;
  const { byteLength, read } = (bytes ?? {}) as Partial<Rereadable>;
  if (typeof read === 'function' && Number.isSafeInteger(byteLength) && Number(byteLength) >= 0) return;
  throw refused('body', 'of a part is a Uint8Array, or can be read again');
}

function assertUploadedPart(part: unknown): asserts part is UploadedPart {
  const { size, etag } = (part ?? {}) as Partial<UploadedPart>;
  if (typeof etag === 'string' && Number.isSafeInteger(size) && Number(size) >= 0) return;
  throw refused('parts', 'are as putPart or listParts gave them');
}

/** On which condition an upload becomes the object is decided when it does. */
function assertNoneOf(names: readonly string[], options: object | undefined): void {
  for (const name of names)
    if ((options as Readonly<Record<string, unknown>> | undefined)?.[name] !== undefined)
      throw refused(name, 'has no meaning yet when an upload begins');
}

function refused(what: string, why: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', `The ${what} ${why}`, { reason: what });
}

function assertUploadId(uploadId: unknown): void {
  if (typeof uploadId !== 'string' || uploadId === '' || uploadId.length > 4096)
    throw new StorageError('INVALID_ARGUMENT', 'An upload id is what begin gave', { reason: 'upload' });
}
