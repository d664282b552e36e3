import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { TransferMemory } from '../../core/transfer-memory.js';
import type { S3ClientLike } from './client-like.js';
import type { S3ChecksumName, ProviderProfile } from './profile.js';

/** Keys that sign requests. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** After it they are asked for again. */
  readonly expiration?: Date | undefined;
}

/** Keys at hand, or where they come from; asked again before they expire, and once when the server says that they have. */
export type S3CredentialSource = S3Credentials | (() => Promise<S3Credentials>);

/** Where a server is and who asks it. Absent: what the SDK finds in the environment, its files and the machine. */
export interface S3Connection {
  /** An `S3Client` of the SDK: its credentials, region, endpoint and middleware hold. It is not destroyed. Default: one is made. */
  readonly client?: S3ClientLike | undefined;
  /** The URL of the server. Default: AWS in `region`. */
  readonly endpoint?: string | undefined;
  /** Default: that of the SDK's environment, or `us-east-1` with an `endpoint`. */
  readonly region?: string | undefined;
  /** Default: the SDK's chain (environment, files, IAM roles). */
  readonly credentials?: S3CredentialSource | undefined;
  /** Whether the bucket stands in the path of a URL instead of its host name. Default: as the profile says. */
  readonly forcePathStyle?: boolean | undefined;
  readonly useDualstackEndpoint?: boolean | undefined;
  readonly useFipsEndpoint?: boolean | undefined;
  /** Whether the region of an access point's ARN may differ from `region`. Default: true. */
  readonly useArnRegion?: boolean | undefined;
  /** Connections are its own: a `lookup`, a proxy, `ca`. `maxSockets` holds for our own agent alone. Default: one is made. */
  readonly agent?: HttpAgent | HttpsAgent | undefined;
  /** Certificates that are trusted besides those of Node, in PEM. Default: none. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
}

/** How long, how often and how many at once. */
export interface S3Limits {
  /** Milliseconds to open a connection, TLS included. Default: 5,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds to the first byte of the answer, after the request was sent. Default: 60,000. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Milliseconds without a byte while we wait for the server; a reader may take its time. Default: 30,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** Milliseconds of one try: of a GET to its headers, of an upload to its answer, waiting for a connection included. Default: 300,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Connections at once. Default: 50. */
  readonly maxSockets?: number | undefined;
  /** Tries of one request, the first included. Default: 5. */
  readonly maxAttempts?: number | undefined;
  /** Milliseconds that all tries and the pauses between them have: a try that would begin later is not made. Default: 30,000. */
  readonly retryBudgetMs?: number | undefined;
}

/** How large content goes up. A put can say `partSize` and `concurrency` for itself. */
export interface S3Uploads {
  /** Bytes of the largest content at hand, or file, that goes in one request. Default: 104,857,600, or what the server takes. */
  readonly maxSinglePut?: number | undefined;
  /** Bytes of a part, and of the stream that goes in one request at most. Default: 8,388,608 (8 MiB). */
  readonly partSize?: number | undefined;
  /** Parts of one upload that are filled or on their way at once, 1 to 1,000. Default: 4. */
  readonly concurrency?: number | undefined;
  /** Where parts wait until they are stored. Default: that of the application, or one of the backend's own, of 128 MiB. */
  readonly transferMemory?: TransferMemory | undefined;
}

/** What S3Backend is made of. */
export interface S3BackendOptions extends S3Connection, S3Limits, S3Uploads {
  /** The name of a bucket, or the ARN of an access point. */
  readonly bucket: string;
  /** How the server differs: its name (`aws`, `minio`, `ceph-rgw`, `versitygw`, `moto`, `garage`, `r2`, `b2`, `other`) or a profile. Default: by the endpoint. */
  readonly profile?: string | ProviderProfile | undefined;
  /** What protects bodies. Default: as the profile says. */
  readonly checksum?: S3ChecksumName | 'none' | undefined;
  /** Whether bodies are part of the signature: `auto` over http, where nothing else protects them. Default: `auto`. */
  readonly payload?: 'auto' | 'signed' | 'unsigned' | undefined;
  /**
   * Who sends requests. `auto`: our own code, and the SDK for what that does not know (S3 Express, SigV4A, a middleware
   * on `client`). `sdk`: the SDK in any case, slower, for a `client` that differs in another way, its `requestHandler`
   * say. There `payload` is the SDK's to decide. Default: `auto`.
   */
  readonly requests?: 'auto' | 'sdk' | undefined;
  /** How URLs are signed: the seconds that they are valid when the caller does not say it, 1 to 604,800. Default: 900. */
  readonly signing?: { readonly expiresIn?: number | undefined } | undefined;
}
