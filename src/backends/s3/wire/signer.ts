import { hash } from 'node:crypto';
import { canonicalHeaders } from './canonical-headers.js';
import type { SigningCredentials, SigningScope } from './signing-key.js';
import { SigningKeys } from './signing-keys.js';

export type { SigningCredentials, SigningScope } from './signing-key.js';

/** A request before it is signed. */
export interface RequestToSign {
  readonly method: string;
  /** The value of the Host header: with its port, unless that is the default of the scheme. */
  readonly host: string;
  /** URI-encoded as it is sent, from its first `/` on. */
  readonly path: string;
  /** As `canonicalQuery` makes it; empty when there is none. */
  readonly query: string;
  /** Names in lower case. Those of the signature are added, or replaced when the request was signed before. */
  readonly headers: Record<string, string>;
}

/** The payload hash of a body that is no part of the signature. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** The payload hash of no body. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** SHA-256 in hexadecimal: the payload hash of `bytes`. */
export function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/**
 * Signs requests by headers, with Signature Version 4 as S3 has it: the path is encoded once and not normalized.
 * Keep one for all requests of a backend: it keeps the day's key.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export class Signer {
  /** Shared with what signs URLs and forms. */
  readonly keys = new SigningKeys();

  /**
   * Adds `x-amz-date`, `x-amz-content-sha256`, `authorization` and, with a session token, `x-amz-security-token` to
   * `request.headers`. All headers are signed but those that proxies change or Node writes (canonical-headers.ts).
   *
   * @param payloadHash SHA-256 of the body in hexadecimal, or {@link UNSIGNED_PAYLOAD}
   * @param now a date, or milliseconds since 1970, by the server's clock
   * @throws StorageError INVALID_ARGUMENT for a header with a control character, or one that is signed and not ASCII
   */
  sign(
    request: RequestToSign,
    credentials: SigningCredentials,
    scope: SigningScope,
    payloadHash: string,
    now: Date | number,
  ): void {
    const { method, host, path, query, headers } = request;
    const timestamp = this.keys.timestamp(now);
    const key = this.keys.get(credentials, scope, timestamp);
    headers['x-amz-content-sha256'] = payloadHash;
    headers['x-amz-date'] = timestamp;
    if (credentials.sessionToken) headers['x-amz-security-token'] = credentials.sessionToken;
    else if ('x-amz-security-token' in headers) delete headers['x-amz-security-token'];
    const { lines, names } = canonicalHeaders(headers, host, 'stable');
    const canonical = `${method}\n${path}\n${query}\n${lines}\n${names}\n${payloadHash}`;
    headers['authorization'] = `${key.authorization}${names}, Signature=${key.sign(timestamp, canonical)}`;
  }
}
