import { StorageError } from '../../../core/error.js';
import { canonicalHeaders } from './canonical-headers.js';
import { UNSIGNED_PAYLOAD, type Signer, type SigningCredentials, type SigningScope } from './signer.js';
import { ALGORITHM } from './signing-key.js';
import { canonicalQuery, encodeQueryPart } from './uri.js';

/** A request that somebody else is to make. */
export interface RequestToPresign {
  readonly method: string;
  /** The value of the Host header. */
  readonly host: string;
  /** URI-encoded, from its first `/` on. */
  readonly path: string;
  /** Not encoded, in any order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Names in lower case. All are signed, so the client has to send each as it stands here. */
  readonly headers: Readonly<Record<string, string>>;
}

/** For how long a URL is good. */
export interface PresignOptions {
  /** Seconds, 1 to 604,800. Credentials that end earlier end the URL with them. */
  readonly expiresIn: number;
  /** When it begins to be good. */
  readonly now: Date;
}

/** Seven days: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html (X-Amz-Expires) */
const MAX_SECONDS = 604_800;
const CONTENT_HASH = 'x-amz-content-sha256';
/** Set here and nowhere else: twice in a query, nobody knows which one counts. */
const OWN: ReadonlySet<string> = new Set(
  ['Algorithm', 'Credential', 'Date', 'Expires', 'Security-Token', 'SignedHeaders', 'Signature'].map((name) =>
    `X-Amz-${name}`.toLowerCase(),
  ),
);

/**
 * The query of a presigned URL, complete and encoded: what stands behind the `?`.
 *
 * The body is no part of the signature, unless `x-amz-content-sha256` is among the headers or in the query.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * @throws StorageError INVALID_ARGUMENT for an expiry out of its bounds, a name in the query that the signature uses,
 * a header with a control character or one that is not ASCII, a lone surrogate
 */
export function presign(
  request: RequestToPresign,
  credentials: SigningCredentials,
  scope: SigningScope,
  { expiresIn, now }: PresignOptions,
  signer: Signer,
): string {
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > MAX_SECONDS)
    refuse(`expires after 1 to 604,800 whole seconds, not after ${expiresIn}`, 'expiresIn');
  const { method, host, path, headers } = request;
  const timestamp = signer.keys.timestamp(now);
  const key = signer.keys.get(credentials, scope, timestamp);
  const { lines, names } = canonicalHeaders(headers, host, 'all');
  const token = credentials.sessionToken;
  const own =
    `X-Amz-Algorithm=${ALGORITHM}&X-Amz-Credential=${key.encodedCredential}&X-Amz-Date=${timestamp}` +
    `&X-Amz-Expires=${expiresIn}${token ? `&X-Amz-Security-Token=${signer.keys.encodedToken(token)}` : ''}` +
    `&X-Amz-SignedHeaders=${encodeQueryPart(names)}`;
  let payloadHash = headers[CONTENT_HASH] ?? UNSIGNED_PAYLOAD;
  for (const [name, value] of request.query) {
    const lower = name.toLowerCase();
    if (OWN.has(lower)) refuse(`has ${name} of its own`, 'query');
    if (lower === CONTENT_HASH) payloadHash = value;
  }
  const query = merged(own, request.query);
  const canonical = `${method}\n${path}\n${query}\n${lines}\n${names}\n${payloadHash}`;
  return `${query}&X-Amz-Signature=${key.sign(timestamp, canonical)}`;
}

/** `own` is in order, and so is all of it when the others come after X, as names in lower case do. */
function merged(own: string, others: RequestToPresign['query']): string {
  const rest = canonicalQuery(others);
  if (rest === '') return own;
  return rest > 'Y' ? `${own}&${rest}` : canonicalQuery([...new URLSearchParams(own), ...others]);
}

function refuse(why: string, reason: string): never {
  throw new StorageError('INVALID_ARGUMENT', `A presigned URL ${why}`, { reason });
}
