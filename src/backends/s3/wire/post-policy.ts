import { StorageError } from '../../../core/error.js';
import { Signer, type SigningCredentials, type SigningScope } from './signer.js';
import { ALGORITHM } from './signing-key.js';

/**
 * What a form has to satisfy: a field with one value, `eq` or `starts-with` with a field as `$name`, or the size of
 * the file in bytes. Each field of the form but `x-amz-signature`, `policy`, `file` and `x-ignore-…` needs one.
 */
export type PostCondition =
  | Readonly<Record<string, string>>
  | readonly [match: 'eq' | 'starts-with', field: `$${string}`, value: string]
  | readonly [match: 'content-length-range', least: number, most: number];

/** What a form may upload. */
export interface PostPolicy {
  readonly bucket: string;
  /** Besides those on the bucket and on the fields of the signature, which are added. */
  readonly conditions: readonly PostCondition[];
  /** When the form stops to be good. S3 refuses a signature older than seven days in any case. */
  readonly expiration: Date;
  readonly now: Date;
}

/**
 * The fields that let a browser upload by a POST form: `policy` and those of its signature. The caller adds the others
 * that its conditions speak of (`key`, `Content-Type` …), before `file`, which comes last.
 *
 * S3 puts the name of the uploaded file for each `${filename}` in the form, and compares with the conditions after that.
 * So who promises a form for one certain key refuses a key with `${`: the form would fail, or store under another key
 * where a server does it otherwise. Here such keys pass, since `starts-with` on a folder wants exactly that.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 *
 * @param signer its keys are used; default: one for this form alone
 * @throws StorageError INVALID_ARGUMENT when it expires before it begins, or a date is none
 */
export function signPostPolicy(
  { bucket, conditions, expiration, now }: PostPolicy,
  credentials: SigningCredentials,
  scope: SigningScope,
  signer: Signer = new Signer(),
): Record<string, string> {
  const timestamp = signer.keys.timestamp(now);
  const key = signer.keys.get(credentials, scope, timestamp);
  if (!(expiration > now))
    throw new StorageError('INVALID_ARGUMENT', 'A form expires before it is good', { reason: 'expiration' });
  const fields: Record<string, string> = {
    'x-amz-algorithm': ALGORITHM,
    'x-amz-credential': key.credential,
    'x-amz-date': timestamp,
    ...(credentials.sessionToken && { 'x-amz-security-token': credentials.sessionToken }),
  };
  const signed = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
  const document = {
    expiration: expiration.toISOString(),
    conditions: [{ bucket }, ...conditions, ...signed],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  return { ...fields, policy, 'x-amz-signature': key.signText(policy) };
}
