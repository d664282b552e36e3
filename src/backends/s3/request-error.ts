/** How a request failed without a whole answer. */
export type S3RequestFailure =
  /** No connection: refused, unreachable, no such host. */
  | 'connect'
  /** The certificate or the handshake. */
  | 'tls'
  /** The connection broke. */
  | 'connection'
  /** A time limit of ours. */
  | 'timeout'
  /** What came is no answer of S3. */
  | 'protocol'
  /** The content is not what the server keeps: it has another checksum. */
  | 'checksum'
  /** No credentials, or their provider failed. */
  | 'credentials';

/** What is known of a request that got no whole answer. */
export interface S3RequestDetails {
  /** Whether the server may have received this try. */
  readonly sent: boolean;
  /** Whether the connection had served before: the server may just have closed it, unused for too long. */
  readonly reused?: boolean | undefined;
  /** `host:port` of the server. */
  readonly host: string;
  readonly attempts?: number | undefined;
  /** Whether it may have changed something, unknown to us. */
  readonly unsure?: boolean | undefined;
  /** Which limit, when one passed: `connect`, `first-byte`, `idle`, `total`, `unread`. */
  readonly limit?: string | undefined;
  readonly cause?: unknown;
}

/** There was no whole answer to a request. */
export class S3RequestError extends Error {
  override readonly name = 'S3RequestError';
  readonly sent: boolean;
  readonly reused: boolean;
  readonly host: string;
  readonly attempts: number;
  readonly unsure: boolean;
  readonly limit: string | undefined;

  constructor(
    readonly failure: S3RequestFailure,
    message: string,
    details: S3RequestDetails,
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.sent = details.sent;
    this.reused = details.reused ?? false;
    this.host = details.host;
    this.attempts = details.attempts ?? 1;
    this.unsure = details.unsure ?? false;
    this.limit = details.limit;
  }

  /** The same, knowing of all tries. @param unsure Whether one of them may have had its effect. */
  after(attempts: number, unsure: boolean): S3RequestError {
    const tries = attempts > 1 ? ` (${attempts} tries)` : '';
    const { failure, message, sent, reused, host, limit, cause } = this;
    return new S3RequestError(failure, message + tries, {
      sent,
      reused,
      host,
      limit,
      cause,
      attempts,
      unsure,
    });
  }
}
