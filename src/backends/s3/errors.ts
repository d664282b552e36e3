import type { ErrorClass } from '../../core/backend.js';
import type { StorageErrorCode } from '../../core/error.js';
import { S3RequestError, type S3RequestFailure } from './request-error.js';
import { S3ResponseError } from './response-error.js';

type Meaning = readonly [code: StorageErrorCode, reason?: string | undefined];

/** What the codes mean by which the service says that it did not even begin. */
const NOT_BEGUN: Readonly<Record<string, Meaning>> = {
  SlowDown: ['THROTTLED'],
  SlowDownRead: ['THROTTLED'],
  SlowDownWrite: ['THROTTLED'],
  Throttling: ['THROTTLED'],
  ThrottlingException: ['THROTTLED'],
  TooManyRequests: ['THROTTLED'],
  TooManyRequestsException: ['THROTTLED'],
  RequestLimitExceeded: ['THROTTLED'],
  RequestThrottled: ['THROTTLED'],
  RequestRateLimitExceeded: ['THROTTLED'],
  RequestThrottledException: ['THROTTLED'],
  BandwidthLimitExceeded: ['THROTTLED'],
  RequestTimeout: ['TIMEOUT'],
  ServiceUnavailable: ['UNAVAILABLE'],
  XMinioServerNotInitialized: ['UNAVAILABLE'],
  Busy: ['UNAVAILABLE'],
};

/**
 * What the codes of S3 mean, those of AWS (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) and
 * those that other servers made up.
 */
const CODES: Readonly<Record<string, Meaning>> = {
  ...NOT_BEGUN,
  NoSuchKey: ['NOT_FOUND'],
  NotFound: ['NOT_FOUND'],
  NoSuchVersion: ['NOT_FOUND', 'version'],
  NoSuchBucket: ['BUCKET_NOT_FOUND'],
  NoSuchUpload: ['NOT_FOUND', 'upload'],
  EntityTooSmall: ['INVALID_ARGUMENT', 'parts'],
  InvalidPart: ['INVALID_ARGUMENT', 'parts'],
  InvalidPartOrder: ['INVALID_ARGUMENT', 'parts'],
  AccessDenied: ['PERMISSION_DENIED'],
  AllAccessDisabled: ['PERMISSION_DENIED'],
  AccountProblem: ['PERMISSION_DENIED', 'account'],
  NotSignedUp: ['PERMISSION_DENIED', 'account'],
  UnauthorizedAccess: ['PERMISSION_DENIED'],
  InvalidAccessKeyId: ['UNAUTHENTICATED', 'access-key'],
  SignatureDoesNotMatch: ['UNAUTHENTICATED', 'signature'],
  ExpiredToken: ['UNAUTHENTICATED', 'expired-token'],
  ExpiredTokenException: ['UNAUTHENTICATED', 'expired-token'],
  TokenRefreshRequired: ['UNAUTHENTICATED', 'expired-token'],
  RequestExpired: ['UNAUTHENTICATED', 'expired-token'],
  InvalidToken: ['UNAUTHENTICATED', 'expired-token'],
  RequestTimeTooSkewed: ['UNAUTHENTICATED', 'clock-skew'],
  InvalidSecurity: ['UNAUTHENTICATED'],
  MissingSecurityHeader: ['UNAUTHENTICATED'],
  CredentialsProviderError: ['UNAUTHENTICATED', 'credentials'],
  PermanentRedirect: ['UNAUTHENTICATED', 'wrong-region'],
  TemporaryRedirect: ['UNAUTHENTICATED', 'wrong-region'],
  AuthorizationHeaderMalformed: ['UNAUTHENTICATED', 'wrong-region'],
  IllegalLocationConstraintException: ['INVALID_ARGUMENT', 'wrong-region'],
  PreconditionFailed: ['PRECONDITION_FAILED'],
  NotModified: ['NOT_MODIFIED'],
  ConditionalRequestConflict: ['CONFLICT'],
  OperationAborted: ['CONFLICT'],
  InvalidObjectState: ['CONFLICT', 'archived'],
  BucketAlreadyExists: ['CONFLICT', 'bucket-taken'],
  BucketAlreadyOwnedByYou: ['CONFLICT', 'bucket-owned'],
  BucketNotEmpty: ['CONFLICT', 'bucket-not-empty'],
  ObjectParentIsFile: ['CONFLICT', 'path'],
  ExistingObjectIsDirectory: ['CONFLICT', 'path'],
  XMinioParentIsObject: ['CONFLICT', 'path'],
  XMinioObjectExistsAsDirectory: ['CONFLICT', 'path'],
  InvalidRange: ['RANGE_NOT_SATISFIABLE'],
  EntityTooLarge: ['TOO_LARGE'],
  MaxMessageLengthExceeded: ['TOO_LARGE'],
  MetadataTooLarge: ['INVALID_ARGUMENT', 'metadata'],
  KeyTooLong: ['INVALID_ARGUMENT', 'key'],
  KeyTooLongError: ['INVALID_ARGUMENT', 'key'],
  InvalidObjectName: ['INVALID_ARGUMENT', 'key'],
  XMinioInvalidObjectName: ['INVALID_ARGUMENT', 'key'],
  InvalidResourceName: ['INVALID_ARGUMENT', 'key'],
  InvalidBucketName: ['INVALID_ARGUMENT', 'bucket'],
  DirectoryObjectContainsData: ['INVALID_ARGUMENT', 'key'],
  BadDigest: ['INTEGRITY', 'checksum'],
  InvalidDigest: ['INTEGRITY', 'checksum'],
  XAmzContentSHA256Mismatch: ['INTEGRITY', 'checksum'],
  XAmzContentChecksumMismatch: ['INTEGRITY', 'checksum'],
  IncompleteBody: ['INTEGRITY', 'size'],
  QuotaExceeded: ['NO_SPACE', 'quota'],
  XMinioAdminBucketQuotaExceeded: ['NO_SPACE', 'quota'],
  XMinioStorageFull: ['NO_SPACE'],
  StorageFull: ['NO_SPACE'],
  InsufficientCapacity: ['NO_SPACE'],
  NotImplemented: ['UNSUPPORTED'],
  MethodNotAllowed: ['UNSUPPORTED'],
  InternalError: ['UNAVAILABLE', 'internal-error'],
};

const STATUSES: Readonly<Record<number, Meaning>> = {
  301: ['UNAUTHENTICATED', 'wrong-region'],
  304: ['NOT_MODIFIED'],
  307: ['UNAUTHENTICATED', 'wrong-region'],
  400: ['INVALID_ARGUMENT'],
  401: ['UNAUTHENTICATED'],
  403: ['PERMISSION_DENIED'],
  404: ['NOT_FOUND'],
  405: ['UNSUPPORTED'],
  408: ['TIMEOUT'],
  409: ['CONFLICT'],
  411: ['UNSUPPORTED'],
  412: ['PRECONDITION_FAILED'],
  413: ['TOO_LARGE'],
  416: ['RANGE_NOT_SATISFIABLE'],
  429: ['THROTTLED'],
  501: ['UNSUPPORTED'],
  507: ['NO_SPACE'],
};

const FAILURES: Readonly<Record<S3RequestFailure, Meaning>> = {
  connect: ['UNAVAILABLE', 'connect'],
  tls: ['UNAVAILABLE', 'tls'],
  connection: ['UNAVAILABLE', 'connection'],
  timeout: ['TIMEOUT'],
  protocol: ['UNAVAILABLE', 'protocol'],
  checksum: ['INTEGRITY', 'checksum'],
  credentials: ['UNAUTHENTICATED', 'credentials'],
};

/** What an error of a request means, one of ours or one of the SDK. */
export function classifyError(error: unknown): ErrorClass {
  if (error instanceof S3ResponseError) {
    const meaning = meaningOf(error.code, error.status);
    return { ...open(meaning, error.unsure), retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof S3RequestError) {
    const [code, reason] = FAILURES[error.failure];
    return open([code, error.limit ?? reason], error.unsure);
  }
  return classifyForeign(error);
}

/** Whether the service says by `code` that it did not even begin: the same may be sent again. */
export const saysNotBegun = (code: string): boolean => Object.hasOwn(NOT_BEGUN, code);

/** What the code of one key of a DeleteObjects means. */
export function classifyCode(code: string): ErrorClass {
  return open(meaningOf(code, 0), false);
}

function meaningOf(code: string | undefined, status: number): Meaning {
  const known = code === undefined || !Object.hasOwn(CODES, code) ? undefined : CODES[code];
  if (known) return known;
  if (code?.startsWith('KMS.')) return ['PERMISSION_DENIED', 'kms'];
  const [meant, reason] = STATUSES[status] ?? (status >= 500 ? ['UNAVAILABLE'] : ['UNKNOWN']);
  return [meant, reason];
}

/** That a later try is refused says nothing of an earlier one which may have had its effect, whatever it is refused for. */
function open([code, reason]: Meaning, unsure: boolean): ErrorClass {
  return unsure ? { code: 'OUTCOME_UNKNOWN', reason } : { code, reason };
}

/** Exceptions of the SDK have the code of S3 as their name, and the status in `$metadata`. */
function classifyForeign(error: unknown): ErrorClass {
  const { name, $metadata } = (error ?? {}) as { name?: string; $metadata?: { httpStatusCode?: number } };
  if (name === 'TimeoutError') return { code: 'TIMEOUT' };
  const status = $metadata?.httpStatusCode ?? 0;
  const network = (error as NodeJS.ErrnoException | undefined)?.code;
  if (status === 0 && typeof network === 'string' && /^E[A-Z_]+$/.test(network))
    return { code: 'UNAVAILABLE', reason: network };
  return open(meaningOf(name, status), false);
}
