import type { CanActivate, Type } from '@nestjs/common';
import type { HttpRequest } from './message/http-request.js';
import type { StorageAuthorizer, StorageAuthorize } from './access/storage-authorize.js';
import type { StorageHttpOperation } from './access/storage-operations.js';
import type { DeliveryOptions } from './download/serve.options.js';
import type { UploadRules } from './upload/upload.options.js';

/** How one storage is served. */
export interface ServedStorageOptions extends UploadRules, DeliveryOptions {
  /** What may be done with it: a route of any other operation answers 404. */
  readonly operations: readonly StorageHttpOperation[];
  /**
   * Where what is uploaded by `direct` or `tus` lies until it is admitted: a prefix of the whole storage, outside of every scope. Where
   * one of the two is enabled, no route reads, lists or deletes what is below it. Default: `pending/`.
   */
  readonly pendingPrefix?: string | undefined;
}

/** What may depend on other providers, so may come from a `useFactory`. */
export interface StorageHttpOptions {
  /** The storages that are served, by the names that they have in this application and in the paths. */
  readonly storages: Readonly<Record<string, ServedStorageOptions>>;
  /** Decides each request: a function, or the class of a provider that implements StorageAuthorizer. */
  readonly authorize: StorageAuthorize | Type<StorageAuthorizer>;
  /** Who is calling, for `authorize`. Default: `request.user`. */
  readonly principal?: ((request: HttpRequest) => unknown) | undefined;
  /**
   * What seals the tickets of `direct` uploads, 32 characters or more; all processes that serve a storage need the same. Of several
   * the first seals and all are taken, so that it can be changed while uploads go on. Needed where a storage has that operation.
   */
  readonly secret?: string | readonly string[] | undefined;
  /**
   * Names a principal, so that nobody else confirms or goes on with its uploads. Default: the principal itself when it is a string or a
   * number, of an object its `id` or `sub`; all callers without a principal are one. Any other needs this.
   */
  readonly owner?: ((principal: unknown) => string) | undefined;
  /**
   * What stands before the paths of this module in its answers, such as `https://files.example.com`, or `https://example.com/files`
   * behind a proxy that takes `/files` off: in the `url` of an upload, what Uppy is given, `Location` and `Stowage-Location` of tus.
   * URLs that a storage signs do not begin with it. Default: nothing, so that they are paths.
   */
  readonly baseUrl?: string | undefined;
  /** What holds for the signed URLs that clients ask for. */
  readonly presign?: StorageHttpPresignOptions | undefined;
}

/** What a client may ask for by `presign`. */
export interface StorageHttpPresignOptions {
  /**
   * Seconds that a URL is valid at most, 1 to 604,800: a request for more is answered with 400, one that says nothing gets the
   * default of its storage, or this when it is less. Default: 3,600, or the default of the storage when that is more.
   */
  readonly maxExpiresIn?: number | undefined;
}

/** What shapes the routes, so has to be known before any provider exists. */
export interface StorageHttpExtras {
  /** What all paths begin with. It is not repeated when the global prefix of the application ends in it. Default: `api`. */
  readonly prefix?: string;
  /** `GET <prefix>/v1/storage/health`, which needs no authorization. Default: false. */
  readonly health?: boolean | StorageHttpHealthOptions;
  /** Guards that run before `authorize`, such as one that sets `request.user`. Not for health. Default: none. */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[];
}

/** How the storages' health is asked for. */
export interface StorageHttpHealthOptions {
  /** Milliseconds that all storages have to answer in: else they count as down. Default: 2,000. */
  readonly timeoutMs?: number | undefined;
}
