import { plainCode, plainText } from './plain-text.js';

/** What is known of a refusal besides its status. */
export interface S3Refusal {
  readonly status: number;
  /** As S3 names it, from the body, or `undefined` where there was none (HEAD). */
  readonly code: string | undefined;
  /** The server's own words. */
  readonly detail?: string | undefined;
  readonly requestId?: string | undefined;
  /** `x-amz-id-2`. */
  readonly extendedRequestId?: string | undefined;
  /** `host:port` of the server. */
  readonly host: string;
  readonly attempts: number;
  /** Whether an earlier try of the same request may have had its effect, unknown to us. */
  readonly unsure?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Where the bucket is, when the server says that it is elsewhere. */
  readonly region?: string | undefined;
  /** The server's clock when it answered (`Date`). */
  readonly serverTime?: Date | undefined;
}

/** The server answered, and what it answered is no success. */
export class S3ResponseError extends Error implements S3Refusal {
  override readonly name = 'S3ResponseError';
  readonly status: number;
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly extendedRequestId: string | undefined;
  readonly host: string;
  readonly attempts: number;
  readonly unsure: boolean;
  readonly retryAfterMs: number | undefined;
  readonly region: string | undefined;
  readonly serverTime: Date | undefined;

  constructor(refusal: S3Refusal) {
    const { status, attempts } = refusal;
    const code = plainCode(refusal.code);
    const detail = plainText(refusal.detail);
    const tries = attempts > 1 ? ` after ${attempts} tries` : '';
    super(`${status}${code === undefined ? '' : ` ${code}`}${tries}${detail ? `: ${detail}` : ''}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.requestId = refusal.requestId;
    this.extendedRequestId = refusal.extendedRequestId;
    this.host = refusal.host;
    this.attempts = attempts;
    this.unsure = refusal.unsure ?? false;
    this.retryAfterMs = refusal.retryAfterMs;
    this.region = refusal.region;
    this.serverTime = refusal.serverTime;
  }

  /** The same, knowing of all tries. @param unsure Whether an earlier one may have had its effect. */
  after(attempts: number, unsure: boolean): S3ResponseError {
    return new S3ResponseError({ ...this, attempts, unsure });
  }
}
