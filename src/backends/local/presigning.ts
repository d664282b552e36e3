import type { SignRequest, UrlSigner } from '../../core/presigning.js';
import { StorageError } from '../../core/error.js';
import type { SignedUrl } from '../../core/signed-url.js';
import { signingTime } from '../../core/signing-time.js';
import { localKeyProblem } from './keys.js';
import { SIGNED_PARAMETERS, signToken, type SignedUrlToken } from './signed-url-token.js';
import type { LocalSigningOptions } from './signing-options.js';

/** Signs URLs of the application itself: `<baseUrl>/<prefix>/<storage>/signed/<key>?…&signature=…`. */
export class LocalSigner implements UrlSigner {
  readonly expiresIn: number | undefined;

  /** Private to the language, so that no log shows the secret. */
  readonly #options: LocalSigningOptions;

  constructor(options: LocalSigningOptions) {
    this.#options = options;
    this.expiresIn = options.expiresIn;
  }

  keyProblem(key: string): string | undefined {
    return localKeyProblem(key);
  }

  /** @throws StorageError UNSUPPORTED for a POST form or a version, of which there are none. */
  sign(request: SignRequest): Promise<SignedUrl> {
    return Promise.resolve().then(() => this.signNow(request));
  }

  private signNow(request: SignRequest): SignedUrl {
    const { method, key, contentType, size, response, checksum, metadata } = request;
    if (method === 'POST') {
      const why = 'The local backend takes no POST forms: sign a PUT';
      throw new StorageError('UNSUPPORTED', why, { reason: 'POST' });
    }
    if (request.versionId !== undefined)
      throw new StorageError('UNSUPPORTED', 'The local backend has no versions', { reason: 'versionId' });
    const { expiresAt } = signingTime(request);
    const { secret, storage = 'default' } = this.#options;
    const parameters = defined({
      expires: String(expiresAt.getTime() / 1000),
      'content-type': contentType,
      'content-length': size === undefined ? undefined : String(size),
      checksum: checksum && `${checksum.algorithm}:${checksum.value}`,
      // As base64url, because JSON grows threefold when it is percent-encoded.
      metadata: metadata && Buffer.from(JSON.stringify(metadata)).toString('base64url'),
      'response-content-type': response.contentType,
      'response-content-disposition': response.contentDisposition,
      'response-content-encoding': response.contentEncoding,
      'response-content-language': response.contentLanguage,
      'response-cache-control': response.cacheControl,
    });
    const signature = signToken(secret, { method, storage, key, parameters });
    return {
      url: `${this.place(storage, key)}?${query(parameters)}&signature=${signature}`,
      method,
      headers: defined({
        'content-type': contentType,
        'content-length': size === undefined ? undefined : String(size),
      }),
      key,
      expiresAt,
    };
  }

  private place(storage: string, key: string): string {
    const { baseUrl, prefix = 'api' } = this.#options;
    const base = typeof baseUrl === 'function' ? baseUrl() : baseUrl;
    const path = [...prefix.split('/'), storage, 'signed', ...key.split('/')];
    return [
      base.replace(/\/+$/, ''),
      ...path.filter((segment) => segment !== '').map(encodeURIComponent),
    ].join('/');
  }
}

function query(parameters: SignedUrlToken['parameters']): string {
  return SIGNED_PARAMETERS.filter((name) => parameters[name] !== undefined)
    .map((name) => `${name}=${encodeURIComponent(parameters[name] ?? '')}`)
    .join('&');
}

/** `values` without those that are undefined. */
function defined<Name extends string>(
  values: Readonly<Record<Name, string | undefined>>,
): Partial<Record<Name, string>> & Record<string, string>;
function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
