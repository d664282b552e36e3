import { throwIfAborted } from '../../core/abort.js';
import { contentTypeOf } from '../../core/content-type.js';
import { StorageError } from '../../core/error.js';
import type { SignPartRequest, SignRequest, UrlSigner } from '../../core/presigning.js';
import type { SignedUrl } from '../../core/signed-url.js';
import { signingTime, type SigningTime } from '../../core/signing-time.js';
import { assertKeptMetadata } from './assert-kept-metadata.js';
import { toApi } from './cors-api.js';
import { corsRule } from './cors-rule.js';
import { metadataHeaders } from './metadata.js';
import { postForm } from './post-form.js';
import type { ProviderProfile } from './profile.js';
import { unlessAborted } from '../../core/unless-aborted.js';
import { presign, type RequestToPresign } from './wire/presigner.js';
import type { Signer, SigningCredentials } from './wire/signer.js';
import type { Target } from './wire/target.js';
import { encodeKey } from './wire/uri.js';

/** What signs a URL at this moment. */
export interface S3Signing {
  readonly target: Target;
  readonly credentials: SigningCredentials;
  /** When they end, in milliseconds since 1970; Infinity when they do not. */
  readonly credentialsEnd: number;
  /** The server's clock, in milliseconds since 1970. */
  readonly now: number;
  readonly signer: Signer;
}

/** Where and for what a backend signs. */
export interface S3SignerOptions {
  readonly bucket: string;
  readonly profile: Pick<
    ProviderProfile,
    'title' | 'checksums' | 'postPolicy' | 'corsRules' | 'metadataUnderscore' | 'maxPut'
  >;
  readonly keyProblem: (key: string) => string | undefined;
  /** Seconds. Default: 900. */
  readonly expiresIn?: number | undefined;
}

/** In place of the origins that only the application knows. */
const YOUR_PAGE = 'https://your-page.example';

/** The parameters that replace headers of the answer: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
const RESPONSE = [
  ['response-content-type', 'contentType'],
  ['response-content-disposition', 'contentDisposition'],
  ['response-content-encoding', 'contentEncoding'],
  ['response-content-language', 'contentLanguage'],
  ['response-cache-control', 'cacheControl'],
] as const satisfies readonly (readonly [string, keyof SignRequest['response']])[];

/**
 * Signs URLs of the S3 service itself with Signature Version 4. Whatever an upload is bound to stands in headers that are
 * signed and that the client has to send: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export class S3Signer implements UrlSigner {
  readonly expiresIn: number | undefined;

  /** @param signing What signs now. It rejects with S3RequestError `credentials` when there are none. */
  constructor(
    private readonly signing: () => Promise<S3Signing>,
    private readonly options: S3SignerOptions,
  ) {
    this.expiresIn = options.expiresIn;
  }

  get corsRule(): Readonly<Record<string, unknown>> | undefined {
    return this.options.profile.corsRules === false ? undefined : { ...toApi(corsRule([YOUR_PAGE])) };
  }

  keyProblem(key: string): string | undefined {
    return this.options.keyProblem(key);
  }

  /**
   * @throws StorageError UNSUPPORTED for a checksum that the server would not look at, and for a form where there are
   * none; UNAUTHENTICATED, reason `expired-token`, when the credentials end before the URL begins.
   */
  async sign(request: SignRequest): Promise<SignedUrl> {
    this.assertKept(request);
    throwIfAborted(request.signal);
    // Credentials may have to be waited for.
    const signing = await unlessAborted(this.signing(), request.signal);
    const time = withinCredentials(signingTime(request, signing.now), signing);
    return request.method === 'POST' ? this.form(request, signing, time) : url(request, signing, time);
  }

  /**
   * The body is bound to `size` alone: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
   * @throws StorageError UNAUTHENTICATED as `sign`.
   */
  async signPart({ key, uploadId, number, size, expiresIn, signal }: SignPartRequest): Promise<SignedUrl> {
    throwIfAborted(signal);
    const signing = await unlessAborted(this.signing(), signal);
    const time = withinCredentials(signingTime({ expiresIn, windowSeconds: 0 }, signing.now), signing);
    const headers: Record<string, string> = size === undefined ? {} : { 'content-length': String(size) };
    const query = [
      ['partNumber', String(number)],
      ['uploadId', uploadId],
    ] as const;
    return signed('PUT', key, query, headers, signing, time);
  }

  private form(
    request: SignRequest,
    { target, credentials, signer }: S3Signing,
    time: SigningTime,
  ): SignedUrl {
    const { bucket, profile } = this.options;
    const { key, size, maxSize = profile.maxPut, checksum, metadata } = request;
    const { contentType = contentTypeOf(key) } = request;
    const fields = postForm(
      {
        bucket,
        fields: {
          key,
          'Content-Type': contentType,
          ...checksumHeader(checksum),
          ...metadataHeaders(metadata ?? {}),
        },
        sizes: size === undefined ? [0, Math.min(maxSize, profile.maxPut)] : [size, size],
        time,
      },
      credentials,
      target,
      signer,
    );
    const path = target.basePath === '' ? '/' : target.basePath;
    return {
      url: origin(target) + path,
      method: 'POST',
      headers: {},
      fields,
      key,
      expiresAt: time.expiresAt,
    };
  }

  /** Nothing that is asked for may be ignored silently by the server. */
  private assertKept({ method, key, checksum, metadata }: SignRequest): void {
    const { title, checksums, postPolicy } = this.options.profile;
    if (method === 'POST' && !postPolicy) throw unsupported(`${title} has no POST forms: sign a PUT`, 'POST');
    // It stands for the name of the file there: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
    if (method === 'POST' && key.includes('${'))
      throw new StorageError(
        'INVALID_ARGUMENT',
        'Invalid key: a form puts the name of the file for "${filename}"',
        {
          reason: 'key',
        },
      );
    if (checksum && !checksums.includes(checksum.algorithm))
      throw unsupported(`${title} does not refuse a wrong ${checksum.algorithm}`, 'checksum');
    assertKeptMetadata(this.options.profile, metadata);
  }
}

function url(request: SignRequest, signing: S3Signing, time: SigningTime): SignedUrl {
  const { method, key, versionId, response, contentType, size, checksum, metadata } = request;
  const headers: Record<string, string> = Object.assign(
    checksumHeader(checksum),
    metadataHeaders(metadata ?? {}),
  );
  if (contentType !== undefined) headers['content-type'] = contentType;
  if (size !== undefined) headers['content-length'] = String(size);
  const parameters: [string, string][] = [];
  for (const [name, option] of RESPONSE) {
    const value = response[option];
    if (value !== undefined) parameters.push([name, value]);
  }
  if (versionId !== undefined) parameters.push(['versionId', versionId]);
  return signed(method, key, parameters, headers, signing, time);
}

/** @param headers Names in lower case: the client has to send each. */
function signed(
  method: SignedUrl['method'],
  key: string,
  parameters: RequestToPresign['query'],
  headers: Readonly<Record<string, string>>,
  { target, credentials, signer }: S3Signing,
  { signedAt, expiresIn, expiresAt }: SigningTime,
): SignedUrl {
  const path = `${target.basePath}/${encodeKey(key)}`;
  const query = presign(
    { method, host: target.host, path, query: parameters, headers },
    credentials,
    target,
    { expiresIn, now: signedAt },
    signer,
  );
  return { url: `${origin(target)}${path}?${query}`, method, headers, key, expiresAt };
}

/** A URL ends with the credentials that it was signed with: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
function withinCredentials(time: SigningTime, { credentialsEnd, now }: S3Signing): SigningTime {
  if (time.expiresAt.getTime() <= credentialsEnd) return time;
  const end = Math.floor(credentialsEnd / 1000);
  if (end * 1000 - now < 1000) {
    throw new StorageError('UNAUTHENTICATED', 'The credentials end before a URL could be used', {
      reason: 'expired-token',
    });
  }
  const { signedAt } = time;
  return { signedAt, expiresIn: end - signedAt.getTime() / 1000, expiresAt: new Date(end * 1000) };
}

function checksumHeader(checksum: SignRequest['checksum']): Record<string, string> {
  return checksum ? { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value } : {};
}

const origin = ({ secure, host }: Target): string => `${secure ? 'https' : 'http'}://${host}`;

function unsupported(message: string, reason: string): StorageError {
  return new StorageError('UNSUPPORTED', message, { reason });
}
