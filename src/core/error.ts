/** What went wrong, in one word. The list is closed: a `switch` over it can be exhaustive. */
export type StorageErrorCode =
  | 'NOT_FOUND'
  | 'BUCKET_NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PRECONDITION_FAILED'
  | 'CONFLICT'
  | 'NOT_MODIFIED'
  | 'RANGE_NOT_SATISFIABLE'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'INVALID_ARGUMENT'
  | 'TYPE_REFUSED'
  | 'CONTENT_REFUSED'
  | 'TOO_LARGE'
  | 'NO_SPACE'
  | 'UNSUPPORTED'
  | 'INTEGRITY'
  | 'THROTTLED'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'ABORTED'
  /** It may have happened: the request was sent and its answer was lost. */
  | 'OUTCOME_UNKNOWN'
  | 'UNKNOWN';

/** Where an error happened, for operators. */
export interface StorageErrorContext {
  /** Finer than the code: `clock-skew`, `quota`, `read-only`, `io`, `body` … */
  readonly reason?: string | undefined;
  /** How long to wait before the same call is tried again, in milliseconds, where the service said so. */
  readonly retryAfterMs?: number | undefined;
  readonly storage?: string | undefined;
  readonly operation?: string | undefined;
  readonly key?: string | undefined;
  readonly cause?: unknown;
}

const BRAND = Symbol.for('nestjs-stowage.error');
const TEMPORARY: ReadonlySet<StorageErrorCode> = new Set(['THROTTLED', 'UNAVAILABLE', 'TIMEOUT']);

/** The only error that this package throws. Act on `code`; `message` is for people. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly storage: string | undefined;
  readonly operation: string | undefined;
  readonly key: string | undefined;

  constructor(
    readonly code: StorageErrorCode,
    message: string,
    { cause, reason, retryAfterMs, storage, operation, key }: StorageErrorContext = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.storage = storage;
    this.operation = operation;
    this.key = key;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether the same call may succeed later without a change by the caller. */
  get temporary(): boolean {
    return TEMPORARY.has(this.code);
  }

  /**
   * Whether `error` is a StorageError, of one of `codes` when any are given.
   * Unlike `instanceof` it also knows errors of a second copy of this package.
   */
  static is<Code extends StorageErrorCode>(
    error: unknown,
    ...codes: readonly Code[]
  ): error is StorageError & { readonly code: Code } {
    return (
      typeof error === 'object' &&
      error !== null &&
      BRAND in error &&
      (codes.length === 0 || codes.includes((error as unknown as { readonly code: Code }).code))
    );
  }
}
