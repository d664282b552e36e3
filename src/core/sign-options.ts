import type { OperationOptions } from './options.js';

/** What can be said of every URL. */
export interface SignOptions extends OperationOptions {
  /**
   * Seconds that the URL is valid: a whole number from 1 to 604,800, the seven days of SigV4
   * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). Default: that of the backend, 900.
   */
  readonly expiresIn?: number | undefined;
}

/** A URL that reads. What the response headers replace is what is kept with the object. */
export interface SignReadOptions extends SignOptions {
  /** Default: GET. */
  readonly method?: 'GET' | 'HEAD' | undefined;
  /**
   * Gives the same URL again within a window of time, so that browsers and proxies find what they have kept: `true` for
   * a window as long as `expiresIn`. The time of signing is rounded down to the window and the URL is valid for that much
   * longer: never less than `expiresIn`, never more than both together, which is at most 604,800 seconds. Default: false.
   */
  readonly cacheable?: boolean | { readonly windowSeconds: number } | undefined;
  readonly versionId?: string | undefined;
  readonly responseContentType?: string | undefined;
  /** `attachment; filename="report.pdf"`. Printable ASCII: RFC 6266, appendix D, says how to write other names. */
  readonly responseContentDisposition?: string | undefined;
  readonly responseContentEncoding?: string | undefined;
  readonly responseContentLanguage?: string | undefined;
  readonly responseCacheControl?: string | undefined;
}

/** What a signed upload may bring: each that is given is bound by the signature, so the client has to keep to it. */
export interface SignUploadOptions extends SignOptions {
  /** Default: PUT. POST is an HTML form, where the provider has them. */
  readonly method?: 'PUT' | 'POST' | undefined;
  /** Default: what the client says. */
  readonly contentType?: string | undefined;
  /** Bytes of the body. Default: any number. */
  readonly size?: number | undefined;
  /** Of a POST form whose size is not known yet: the bytes that it may have at most. Default: what one upload may have. */
  readonly maxSize?: number | undefined;
  /** Of the body: `crc32` or `sha256`. Other bytes are refused. Default: none. */
  readonly checksum?: SignedChecksum | undefined;
  /** User metadata that is stored, as `PutOptions.metadata`. Default: none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The checksum of a signed upload. */
export interface SignedChecksum {
  readonly algorithm: 'crc32' | 'sha256';
  /** base64 of the big-endian bytes. */
  readonly value: string;
}

/** A URL that stores one part of an upload in parts. */
export interface SignPartOptions extends SignOptions {
  /** Bytes of the part, which the signature binds. Default: any number that the server takes. */
  readonly size?: number | undefined;
}

/** A URL that deletes. */
export interface SignDeleteOptions extends SignOptions {
  readonly method: 'DELETE';
}

/** A URL that changes something. */
export type SignWriteOptions = SignUploadOptions | SignDeleteOptions;

/** What `StorageService.signedUrl` takes: without a `method` it is a GET. */
export type SignUrlOptions =
  SignReadOptions | (SignUploadOptions & { readonly method: 'PUT' | 'POST' }) | SignDeleteOptions;
