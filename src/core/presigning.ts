import { SCOPED, type ScopableCapability } from './capability.js';
import {
  checkSignPart,
  checkSignRead,
  checkSignWrite,
  DEFAULT_EXPIRY,
  type CheckedPartOptions,
  type CheckedSignOptions,
} from './check-sign-options.js';
import { StorageError } from './error.js';
import { addressProblem, assertKey, dotProblem, keyProblem } from './key.js';
import { MAX_PARTS } from './max-parts.js';
import type { SignPartOptions, SignReadOptions, SignWriteOptions } from './sign-options.js';
import type { SignedUrl } from './signed-url.js';

/** What is to be signed: every option is checked and filled. */
export interface SignRequest extends CheckedSignOptions {
  /** As the backend knows it, also in a scope. */
  readonly key: string;
}

/** A part that is to be signed for: every option is checked and filled. */
export interface SignPartRequest extends CheckedPartOptions {
  /** As the backend knows it, also in a scope. */
  readonly key: string;
  /** As `MultipartUploads.begin` gave it. */
  readonly uploadId: string;
  /** From 1. */
  readonly number: number;
}

/** What a backend implements so that it has `Presigning`. */
export interface UrlSigner {
  /** Seconds that a URL is valid when the caller does not say it. Default: 900. */
  readonly expiresIn?: number | undefined;
  /**
   * The rule for pages of other origins that its bucket needs before they use the URLs, as the service itself takes it; the origins
   * are the application's. undefined: there are no such rules.
   */
  readonly corsRule?: Readonly<Record<string, unknown>> | undefined;
  /** Why no URL can name an object by `key`, as `StorageBackend.keyProblem`. */
  keyProblem(key: string): string | undefined;
  /** The URL for a checked request. Its key is that of the request. @throws StorageError UNSUPPORTED for what it cannot sign. */
  sign(request: SignRequest): Promise<SignedUrl>;
  /** The URL for one part of an upload, a PUT. Without it parts are UNSUPPORTED. */
  signPart?(request: SignPartRequest): Promise<SignedUrl>;
}

/**
 * URLs by which anyone may read, write or delete one object for some time, without credentials of their own.
 * Whoever has the URL has the right: it belongs in no log.
 *
 * A read-only storage signs reads only. In a scope keys are relative to it, in the result too; the URL shows the whole key.
 */
export class Presigning implements ScopableCapability<Presigning> {
  static readonly reads = ['signRead'] as const;

  constructor(
    private readonly signer: UrlSigner,
    private readonly prefix = '',
  ) {}

  /** Seconds that a URL is valid when the caller does not say it. */
  get expiresIn(): number {
    return this.signer.expiresIn ?? DEFAULT_EXPIRY;
  }

  /**
   * The CORS rule that the bucket needs, so that pages of other origins send to its URLs, as JSON of the service, with an origin that
   * stands for those of your pages. undefined where there are no such rules, as on local disk.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
   */
  get corsRule(): Readonly<Record<string, unknown>> | undefined {
    return this.signer.corsRule;
  }

  /**
   * A URL for GET (the default) or HEAD of any object that the backend can address. It need not be there.
   * @throws StorageError INVALID_ARGUMENT for an option or a key with a `.` or `..` segment, which every URL parser
   * resolves (https://url.spec.whatwg.org/#path-state); UNSUPPORTED; UNAUTHENTICATED where credentials end too soon.
   */
  async signRead(key: string, options?: SignReadOptions): Promise<SignedUrl> {
    return this.sign(key, checkSignRead(options ?? {}, this.signer.expiresIn), false);
  }

  /**
   * A URL for PUT (the default), a POST form or DELETE. The keys of uploads have the rules of a write.
   * @throws as `signRead`; UNSUPPORTED for POST where there are no forms.
   */
  async signWrite(key: string, options?: SignWriteOptions): Promise<SignedUrl> {
    const checked = checkSignWrite(options ?? {}, this.signer.expiresIn);
    return this.sign(key, checked, checked.method !== 'DELETE');
  }

  /**
   * A URL for PUT of one part of an upload that `MultipartUploads.begin` began with `signedParts`: the bytes go to the bucket itself, and its
   * answer has the ETag by which `complete` names the part. Whoever has the URL may replace that part until it expires.
   * @param number From 1 to 10,000: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
   * @throws StorageError INVALID_ARGUMENT; UNSUPPORTED where parts are stored by `MultipartUploads.putPart` alone, as those of
   * local disk are; UNAUTHENTICATED as `signRead`.
   */
  async signPart(
    key: string,
    uploadId: string,
    number: number,
    options?: SignPartOptions,
  ): Promise<SignedUrl> {
    const checked = checkSignPart(options ?? {}, this.signer.expiresIn);
    const absolute = this.absolute(key, true);
    if (typeof uploadId !== 'string' || uploadId === '' || uploadId.length > 4096)
      throw new StorageError('INVALID_ARGUMENT', 'An upload id is what begin gave', { reason: 'upload' });
    if (!Number.isSafeInteger(number) || number < 1 || number > MAX_PARTS)
      throw new StorageError('INVALID_ARGUMENT', `A part has a number from 1 to ${MAX_PARTS}`, {
        reason: 'parts',
      });
    const { signer } = this;
    if (!signer.signPart)
      throw new StorageError('UNSUPPORTED', 'This backend signs no URLs for parts', { reason: 'part' });
    return { ...(await signer.signPart({ ...checked, key: absolute, uploadId, number })), key };
  }

  [SCOPED](prefix: string): Presigning {
    return new Presigning(this.signer, this.prefix + prefix);
  }

  private async sign(key: string, options: CheckedSignOptions, isUpload: boolean): Promise<SignedUrl> {
    const absolute = this.absolute(key, isUpload);
    return { ...(await this.signer.sign({ ...options, key: absolute })), key };
  }

  private absolute(key: string, isUpload: boolean): string {
    // A scope holds only where the rules of a write do: the backend may read keys such as `a//b`.
    assertKey(key, isUpload || this.prefix !== '' ? keyProblem : addressProblem);
    const absolute = this.prefix + key;
    const problem =
      (isUpload ? keyProblem(absolute) : dotProblem(absolute)) ?? this.signer.keyProblem(absolute);
    if (problem) throw new StorageError('INVALID_ARGUMENT', `Invalid key: ${problem}`, { reason: 'key' });
    return absolute;
  }
}
