import { classifyCode, saysNotBegun } from '../errors.js';
import { S3RequestError } from '../request-error.js';
import { type S3ResponseError } from '../response-error.js';

/** What to do about a failed try. */
export type Verdict =
  /** Send it again after a pause. */
  | 'again'
  /** Send it again at once: the connection was stale. */
  | 'at-once'
  /** Send it again after a pause, but not for the same reason a third time: bits that flip on the way do so once. */
  | 'once-more'
  | 'correct-clock'
  | 'renew-credentials'
  | 'follow-region'
  | 'give-up';

/** Two conditional writes at a time: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
const CONFLICTS: ReadonlySet<string> = new Set(['ConditionalRequestConflict', 'OperationAborted']);
const EXPIRED: ReadonlySet<string> = new Set([
  ...['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired', 'InvalidToken'],
]);
/** With a code of S3 the service says that it did not begin; without one, somebody before it says something. */
const BUSY: readonly number[] = [408, 429, 503];
const FAILED: readonly number[] = [500, 502, 504];
/** Not implemented, a version of HTTP, no space: what has not been begun, or is surely not kept. */
const REFUSED: readonly number[] = [501, 505, 507];
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
    if (failure === 'checksum') return 'once-more';
    return reused ? 'at-once' : 'again';
  }
  const { status, code = '', region, serverTime } = error;
  if (code === 'RequestTimeTooSkewed' || (code === '' && status === 403 && isSkewed(serverTime, now)))
    return 'correct-clock';
  // To a HEAD nobody says why it was refused: a token that has expired is 400.
  if (EXPIRED.has(code) || (code === '' && status === 400)) return 'renew-credentials';
  if (region !== undefined && isElsewhere(status, code)) return 'follow-region';
  if (classifyCode(code).code === 'INTEGRITY') return repeatable ? 'once-more' : 'give-up';
  if (saysNotBegun(code)) return 'again';
  if (BUSY.includes(status) && (code !== '' || repeatable)) return 'again';
  if (CONFLICTS.has(code)) return repeatable ? 'again' : 'give-up';
  return repeatable && FAILED.includes(status) ? 'again' : 'give-up';
}

/**
 * Whether a try that failed so may have had its effect all the same. A service that says it is too busy did not begin, but what a
 * proxy says tells nothing of what is behind it: Envoy's 503 "disconnect/reset before headers" comes after the request
 * was handed on (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/response_code_details).
 * A 500 of the service itself leaves open what was done before it (https://www.rfc-editor.org/rfc/rfc9110#section-15.6.1).
 */
export function mayHaveHappened(error: S3ResponseError | S3RequestError): boolean {
  if (error instanceof S3RequestError) return error.sent;
  const { status, code } = error;
  if (code === undefined) return BUSY.includes(status) || (status >= 500 && !REFUSED.includes(status));
  if (saysNotBegun(code) || !FAILED.includes(status)) return false;
  const { code: meant } = classifyCode(code);
  return meant === 'UNAVAILABLE' || meant === 'TIMEOUT' || meant === 'UNKNOWN';
}

function isSkewed(serverTime: Date | undefined, now: number): boolean {
  return serverTime !== undefined && Math.abs(serverTime.getTime() - now) > SKEW_MS;
}

/** Whether an answer that names a region says that the bucket is there: to a HEAD it has no code. */
function isElsewhere(status: number, code: string): boolean {
  if (status === 301 || status === 307) return true;
  return status === 400 && (code === '' || code === 'AuthorizationHeaderMalformed');
}
