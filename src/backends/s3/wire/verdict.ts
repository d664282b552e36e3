import { S3RequestError } from '../request-error.js';
import { type S3ResponseError } from '../response-error.js';

/** What to do about a failed try. */
export type Verdict =
  /** Send it again after a pause. */
  | 'again'
  /** Send it again at once: the connection was stale. */
  | 'at-once'
  | 'correct-clock'
  | 'renew-credentials'
  | 'follow-region'
  | 'give-up';

/** The service says that it did not even begin. */
const THROTTLED: ReadonlySet<string> = new Set([
  ...['SlowDown', 'SlowDownRead', 'SlowDownWrite', 'ServiceUnavailable', 'Throttling', 'ThrottlingException'],
  ...[
    'TooManyRequests',
    'TooManyRequestsException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestTimeout',
  ],
  ...[
    'RequestThrottledException',
    'BandwidthLimitExceeded',
    'XMinioServerNotInitialized',
    'Busy',
    'RequestRateLimitExceeded',
  ],
]);
/** Two conditional writes at a time: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
const CONFLICTS: ReadonlySet<string> = new Set(['ConditionalRequestConflict', 'OperationAborted']);
const EXPIRED: ReadonlySet<string> = new Set([
  ...['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired', 'InvalidToken'],
]);
/** AWS takes 15 minutes; half of it is no accident any more. */
const SKEW_MS = 7 * 60_000;

/**
 * @param repeatable Whether the same request may be sent although an earlier one may have had its effect.
 * @param now The time that the request was signed with.
 */
export function judge(error: S3ResponseError | S3RequestError, repeatable: boolean, now: number): Verdict {
  if (error instanceof S3RequestError) {
    const { failure, sent, reused } = error;
    if (failure === 'tls' || failure === 'credentials') return 'give-up';
    if (sent && !repeatable) return 'give-up';
    return reused ? 'at-once' : 'again';
  }
  const { status, code = '', region, serverTime } = error;
  if (code === 'RequestTimeTooSkewed' || (code === '' && status === 403 && isSkewed(serverTime, now)))
    return 'correct-clock';
  if (EXPIRED.has(code)) return 'renew-credentials';
  if (region !== undefined && (status === 301 || status === 307 || status === 400)) return 'follow-region';
  if (THROTTLED.has(code) || status === 429 || status === 503 || status === 408) return 'again';
  if (CONFLICTS.has(code)) return repeatable ? 'again' : 'give-up';
  return repeatable && (status === 500 || status === 502 || status === 504) ? 'again' : 'give-up';
}

/** Whether a try that failed so may have had its effect all the same. */
export function mayHaveHappened(error: S3ResponseError | S3RequestError): boolean {
  if (error instanceof S3RequestError) return error.sent;
  // An S3 error of its own says that it failed; what a proxy says tells nothing of what is behind it.
  return [500, 502, 504].includes(error.status) && error.code === undefined;
}

function isSkewed(serverTime: Date | undefined, now: number): boolean {
  return serverTime !== undefined && Math.abs(serverTime.getTime() - now) > SKEW_MS;
}
