import type { SigningTime } from '../../core/signing-time.js';
import { signPostPolicy } from './wire/post-policy.js';
import type { Signer, SigningCredentials, SigningScope } from './wire/signer.js';

/** A form for one object. */
export interface PostForm {
  readonly bucket: string;
  /** What the form has to send, exactly. */
  readonly fields: Readonly<Record<string, string>>;
  /** Bytes of the file. */
  readonly sizes: readonly [least: number, most: number];
  readonly time: SigningTime;
}

/**
 * All fields of a form but the file: each is a condition of its policy, so that none can be changed or left out.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function postForm(
  { bucket, fields, sizes, time }: PostForm,
  credentials: SigningCredentials,
  scope: SigningScope,
  signer: Signer,
): Record<string, string> {
  const policy = {
    bucket,
    conditions: [
      ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
      ['content-length-range', ...sizes] as const,
    ],
    expiration: time.expiresAt,
    now: time.signedAt,
  };
  return { ...fields, ...signPostPolicy(policy, credentials, scope, signer) };
}
