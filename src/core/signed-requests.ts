import { SCOPED, type ScopableCapability } from './capability.js';
import type { ContentHeaders } from './object.js';
import type { OperationOptions } from './options.js';
import type { SignedChecksum } from './sign-options.js';

/** A request that came to a signed URL. */
export interface SignedRequest {
  readonly method: string;
  /** The name of the storage in its path. */
  readonly storage: string;
  /** The parameters of its query, decoded, each as often as it is there. */
  readonly query: Iterable<readonly [name: string, value: string]>;
}

/** What the signature of a request allows. What is undefined it does not say. */
export interface SignedGrant {
  /** The object, as this storage knows it. */
  readonly key: string;
  /** Headers of the answer that replace those of the object. */
  readonly response: ContentHeaders;
  readonly contentType?: string | undefined;
  /** Bytes of the body. */
  readonly size?: number | undefined;
  readonly checksum?: SignedChecksum | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * What a backend has whose signed URLs lead to this application itself, as those of local disk do: it tells
 * StorageHttpModule, which serves them, what a request may do.
 */
export abstract class SignedRequests implements ScopableCapability<SignedRequests> {
  static readonly reads = ['verify'] as const;

  /** The name of the storage that its URLs have in their path. */
  abstract readonly storage: string;

  /**
   * What `request` may do with `key`, which is the whole key of its path, also in a scope.
   * @throws StorageError PERMISSION_DENIED, reason `expired` for a URL whose time is over, else `signature`.
   */
  abstract verify(key: string, request: SignedRequest, options?: OperationOptions): Promise<SignedGrant>;

  abstract [SCOPED](prefix: string): SignedRequests;
}
