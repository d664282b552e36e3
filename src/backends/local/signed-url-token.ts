import { createHmac, timingSafeEqual } from 'node:crypto';

/** The parameters of a signed URL, in the order in which they are signed. */
export const SIGNED_PARAMETERS = [
  'expires',
  'content-type',
  'content-length',
  'checksum',
  'metadata',
  'response-content-type',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-cache-control',
] as const;

/** One of SIGNED_PARAMETERS. */
export type SignedParameter = (typeof SIGNED_PARAMETERS)[number];

/** What a URL allows: whatever is not there is not bound. */
export interface SignedUrlToken {
  readonly method: string;
  readonly storage: string;
  readonly key: string;
  readonly parameters: Readonly<Partial<Record<SignedParameter, string>>>;
}

/** Of the signed text, and that it is one of ours and no other message under the same secret. */
const VERSION = 'nestjs-stowage signed URL 1';

/**
 * The signature of a token: HMAC-SHA256 (RFC 2104) in base64url. A JSON array is what is signed, because it can be read in
 * one way only: what ends one value cannot be taken for the beginning of the next, and what is absent is not an empty text.
 */
export function signToken(secret: string, { method, storage, key, parameters }: SignedUrlToken): string {
  const values = SIGNED_PARAMETERS.map((name) => parameters[name] ?? null);
  const text = JSON.stringify([VERSION, method, storage, key, ...values]);
  return createHmac('sha256', secret).update(text).digest('base64url');
}

/** Whether `signature` is that of the token. It takes as long for a wrong one as for the right one. */
export function isSignedBy(secret: string, token: SignedUrlToken, signature: string): boolean {
  // As text: several spellings of base64url are the same bytes.
  const expected = Buffer.from(signToken(secret, token));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
