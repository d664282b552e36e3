/** Names in lower case. */
export type S3Headers = Readonly<Record<string, string>>;

/** What is the same of every request. */
export interface S3CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What a request says of one object. */
export interface S3ObjectCall extends S3CallOptions {
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Of a HEAD: which part of an object that was uploaded in parts is asked for. */
  readonly partNumber?: number | undefined;
  /** As they go over the wire, signed. */
  readonly headers: S3Headers;
}

/** The answer to a request that succeeded. */
export interface S3Answer {
  /** The HTTP status, 200 to 299. */
  readonly status: number;
  readonly headers: S3Headers;
}
