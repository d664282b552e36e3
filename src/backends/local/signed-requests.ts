import { SCOPED } from '../../core/capability.js';
import { StorageError } from '../../core/error.js';
import type { OperationOptions } from '../../core/options.js';
import type { SignedChecksum } from '../../core/sign-options.js';
import { SignedRequests, type SignedGrant, type SignedRequest } from '../../core/signed-requests.js';
import { isSignedBy, SIGNED_PARAMETERS, type SignedParameter } from './signed-url-token.js';
import type { LocalSigningOptions } from './signing-options.js';

/** Checks the signatures that LocalSigner makes. */
export class LocalSignedRequests extends SignedRequests {
  readonly storage: string;

  /** Private to the language, so that no log shows the secret. */
  readonly #options: LocalSigningOptions;

  constructor(
    options: LocalSigningOptions,
    private readonly prefix = '',
  ) {
    super();
    this.#options = options;
    this.storage = options.storage ?? 'default';
  }

  verify(key: string, request: SignedRequest, _options?: OperationOptions): Promise<SignedGrant> {
    return Promise.resolve().then(() => this.verifyNow(key, request));
  }

  [SCOPED](prefix: string): LocalSignedRequests {
    return new LocalSignedRequests(this.#options, this.prefix + prefix);
  }

  private verifyNow(key: string, { method, storage, query }: SignedRequest): SignedGrant {
    const { parameters, signature } = readQuery(query);
    const isSigned = (signed: string): boolean =>
      isSignedBy(this.#options.secret, { method: signed, storage, key, parameters }, signature);
    // Who may GET an object may ask what a GET would answer: RFC 9110, 9.3.2.
    if (!(isSigned(method) || (method === 'HEAD' && isSigned('GET'))))
      throw refused('The signature is wrong');
    if (!(Number(parameters.expires) * 1000 > Date.now())) throw refused('The URL has expired', 'expired');
    if (!key.startsWith(this.prefix)) throw refused('The key is not in the scope');
    const size = parameters['content-length'];
    return {
      key: key.slice(this.prefix.length),
      contentType: parameters['content-type'],
      size: size === undefined ? undefined : Number(size),
      checksum: checksumOf(parameters.checksum),
      metadata: metadataOf(parameters.metadata),
      response: {
        contentType: parameters['response-content-type'],
        contentDisposition: parameters['response-content-disposition'],
        contentEncoding: parameters['response-content-encoding'],
        contentLanguage: parameters['response-content-language'],
        cacheControl: parameters['response-cache-control'],
      },
    };
  }
}

/** @throws StorageError PERMISSION_DENIED for a parameter that is unknown, or there twice. */
function readQuery(query: SignedRequest['query']): {
  readonly parameters: Partial<Record<SignedParameter, string>>;
  readonly signature: string;
} {
  const parameters: Partial<Record<SignedParameter, string>> = {};
  let signature: string | undefined;
  for (const [name, value] of query) {
    if (name === 'signature' && signature === undefined) signature = value;
    else if (isParameter(name) && parameters[name] === undefined) parameters[name] = value;
    else throw refused('The URL has a parameter that was not signed');
  }
  if (signature === undefined) throw refused('The URL has no signature');
  return { parameters, signature };
}

function isParameter(name: string): name is SignedParameter {
  const known: readonly string[] = SIGNED_PARAMETERS;
  return known.includes(name);
}

/** What was signed was checked before. */
function checksumOf(text: string | undefined): SignedChecksum | undefined {
  if (text === undefined) return undefined;
  const [algorithm, value = ''] = text.split(':');
  return { algorithm: algorithm === 'sha256' ? 'sha256' : 'crc32', value };
}

function metadataOf(text: string | undefined): SignedGrant['metadata'] {
  if (text === undefined) return undefined;
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, string>;
}

function refused(message: string, reason = 'signature'): StorageError {
  return new StorageError('PERMISSION_DENIED', message, { reason });
}
