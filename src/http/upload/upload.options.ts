import type { Type } from '@nestjs/common';
import type { FileScanner } from '../../scan/file-scanner.js';
import type { HttpRequest } from '../message/http-request.js';
import type { OnStored, StoredHandler } from './on-stored.js';

/** What is known of a file before its content has come. */
export interface UploadPart {
  /** The field of the form. */
  readonly field: string;
  /** The name that its sender gave it, cleaned. No part of a key. */
  readonly name: string;
  /** The media type that it will be stored with. */
  readonly contentType: string;
}

/** Limits of everything else in a form, each counted over one request. Reaching beyond one answers 400. */
export interface FormLimits {
  /** Text fields. Default: 100. */
  readonly fields?: number | undefined;
  /** Bytes of a text field. Default: 65,536. */
  readonly fieldSize?: number | undefined;
  /** Bytes of the name of a field. Default: 100. */
  readonly fieldNameSize?: number | undefined;
  /** Nesting of a name: `a[b][c]` has 2 levels. Default: 8. */
  readonly fieldNesting?: number | undefined;
}

/** What may be uploaded, and under which key it is stored. */
export interface UploadRules {
  /** Bytes of a file, at most: a larger one is refused with TOO_LARGE (413). Default: 104,857,600 (100 MiB). */
  readonly maxSize?: number | undefined;
  /** Files of one request, at most: more are refused with INVALID_ARGUMENT (400). Default: 10. */
  readonly maxFiles?: number | undefined;
  /** Media types (`image/png`) and families (`image/*`) that are taken: others are refused with TYPE_REFUSED (415). Default: all. */
  readonly types?: readonly string[] | undefined;
  /**
   * Whether content, declared type and extension have to agree, by the first bytes: what does not is refused with TYPE_REFUSED
   * (415), and `types` holds for what the content is. Default: true when `types` is set, else false.
   */
  readonly sniff?: boolean | undefined;
  /** The key of a file, checked as any other; a taken one is refused with ALREADY_EXISTS. Default: `storage.newKey()`. */
  readonly key?: ((part: UploadPart, request: HttpRequest) => string | Promise<string>) | undefined;
  /** The group of the default key, such as a tenant. Left out in a scope. Default: none. */
  readonly group?: string | ((request: HttpRequest) => string | undefined) | undefined;
  /** Limits of the rest of the form. */
  readonly form?: FormLimits | undefined;
  /**
   * Looks into each file while it streams into the storage, which is not told its end before the verdict: what is infected is
   * refused with CONTENT_REFUSED (422), and without a verdict nothing is taken: UNAVAILABLE (503). A scanner, or the class of a
   * provider that is one. Default: none.
   */
  readonly scanner?: FileScanner | Type<FileScanner> | undefined;
  /**
   * Milliseconds that the scanner may let an upload wait: while it takes nothing of what has come, and for its verdict after the
   * last byte. The time of a slow client does not count. Default: 60,000.
   */
  readonly scanTimeoutMs?: number | undefined;
  /**
   * Called for each file when all files of a request are stored, before the handler or the answer. When it throws, the files of the
   * request are deleted and its error is answered. A function, or the class of a provider that implements StoredHandler. Default: none.
   */
  readonly onStored?: OnStored | Type<StoredHandler> | undefined;
  /** Whether the files stay when `onStored` throws. Default: false. */
  readonly keepOnError?: boolean | undefined;
}

/** A field that takes files. */
export interface UploadField {
  readonly name: string;
  /** Files that it takes, at most. Default: as many as the request may have. */
  readonly maxCount?: number | undefined;
}

/** Options of UploadInterceptor and UploadsInterceptor. */
export interface UploadOptions extends UploadRules {
  /** The name of the storage. Default: the default storage. */
  readonly storage?: string | undefined;
  /**
   * Holds the files of a request below a prefix: `storage.scoped(scope(request))`. A request for which it
   * gives none is refused with 403. Default: the whole storage.
   */
  readonly scope?: ((request: HttpRequest) => string | undefined) | undefined;
  /** Whether a request without a file is refused with INVALID_ARGUMENT (400). Default: true. */
  readonly required?: boolean | undefined;
  /** Whether an error of the handler itself removes the files too. A refusal of a pipe always does. Default: false. */
  readonly removeOnError?: boolean | undefined;
}

/** Milliseconds that a scanner may let an upload wait when nothing else is said. */
export const DEFAULT_SCAN_TIMEOUT_MS = 60_000;
/** Bytes of a file when nothing else is said: 100 MiB. */
export const DEFAULT_MAX_SIZE = 100 * 1024 * 1024;
/** Files of a request when nothing else is said. */
export const DEFAULT_MAX_FILES = 10;
/** Text fields of a form when nothing else is said. */
export const DEFAULT_FIELDS = 100;
/** Bytes of a text field when nothing else is said: 64 KiB. */
export const DEFAULT_FIELD_SIZE = 64 * 1024;
