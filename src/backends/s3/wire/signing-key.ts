import { createHmac, hash } from 'node:crypto';
import { StorageError } from '../../../core/error.js';
import { encodeQueryPart } from './uri.js';

/** Who signs. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials: it is sent, and signed, along with the request. */
  readonly sessionToken?: string | undefined;
}

/** What a signature is good for, besides its day. */
export interface SigningScope {
  readonly region: string;
  /** `s3` */
  readonly service: string;
}

/** How SigV4 names itself. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';
/** SHA-256 works on blocks of so many bytes. */
const BLOCK = 64;
/** Characters of a timestamp, and of a SHA-256 in hexadecimal. */
const TIMESTAMP = 16;
const HEX = 64;
/** Bytes of a SHA-256. */
const DIGEST = 32;
/** What would break the header that the credential stands in. */
const BLANK_OR_CONTROL = /[\0-\x20\x7f]/;

/** The key that signs one day's requests of one service in one region, and what else is the same for all of them. */
export class SigningKey {
  /** `AKIA…/20130524/us-east-1/s3/aws4_request` */
  readonly credential: string;
  /** {@link credential}, as a query carries it. */
  readonly encodedCredential: string;
  /** `authorization` up to the names of the signed headers. */
  readonly authorization: string;

  readonly #credentials: SigningCredentials;
  readonly #scope: SigningScope;
  readonly #day: string;
  readonly #key: Buffer;
  readonly #inner: Buffer;
  readonly #outer: Buffer;
  readonly #timestampAt: number;
  readonly #hashAt: number;
  #timestamp = '';

  /**
   * @param day as `20130524`
   * @throws StorageError INVALID_ARGUMENT when the access key id, the region or the service has a blank or a control character
   */
  constructor(credentials: SigningCredentials, scope: SigningScope, day: string) {
    const { accessKeyId, secretAccessKey } = credentials;
    const { region, service } = scope;
    for (const [what, text] of Object.entries({ 'access key id': accessKeyId, region, service }))
      if (BLANK_OR_CONTROL.test(text))
        throw new StorageError('INVALID_ARGUMENT', `The ${what} has a space or a control character`);
    this.#credentials = { accessKeyId, secretAccessKey };
    this.#scope = { region, service };
    this.#day = day;
    const path = `${day}/${region}/${service}/aws4_request`;
    this.credential = `${accessKeyId}/${path}`;
    this.encodedCredential = encodeQueryPart(this.credential);
    this.authorization = `${ALGORITHM} Credential=${this.credential}, SignedHeaders=`;
    this.#key = [day, region, service, 'aws4_request'].reduce<Buffer>(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
    // The text to sign has the same length all day: only the timestamp and the hash in it change.
    const text = `${ALGORITHM}\n${'0'.repeat(TIMESTAMP)}\n${path}\n${'0'.repeat(HEX)}`;
    this.#inner = Buffer.concat([padded(this.#key, 0x36), Buffer.from(text)]);
    this.#outer = Buffer.concat([padded(this.#key, 0x5c), Buffer.alloc(DIGEST)]);
    this.#timestampAt = BLOCK + ALGORITHM.length + 1;
    this.#hashAt = this.#inner.length - HEX;
  }

  /** Whether it is the key of `credentials` for `scope` on the day of `timestamp`. */
  serves(credentials: SigningCredentials, scope: SigningScope, timestamp: string): boolean {
    return (
      this.#credentials.secretAccessKey === credentials.secretAccessKey &&
      this.#credentials.accessKeyId === credentials.accessKeyId &&
      this.#scope.region === scope.region &&
      this.#scope.service === scope.service &&
      timestamp.startsWith(this.#day)
    );
  }

  /**
   * The signature of a canonical request, in hexadecimal.
   *
   * It is an HMAC by its definition (RFC 2104, 2: https://www.rfc-editor.org/rfc/rfc2104#section-2) from two one-shot
   * hashes: those take half the time of `createHmac`, which makes an object with a native half for each signature.
   */
  sign(timestamp: string, canonicalRequest: string): string {
    const inner = this.#inner;
    const outer = this.#outer;
    if (timestamp !== this.#timestamp) {
      inner.write(timestamp, this.#timestampAt, TIMESTAMP, 'latin1');
      this.#timestamp = timestamp;
    }
    inner.write(hash('sha256', canonicalRequest, 'hex'), this.#hashAt, HEX, 'latin1');
    outer.write(hash('sha256', inner, 'binary'), BLOCK, DIGEST, 'latin1');
    return hash('sha256', outer, 'hex');
  }

  /** The signature of any text, in hexadecimal. */
  signText(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }
}

function padded(key: Buffer, byte: number): Buffer {
  const block = Buffer.alloc(BLOCK, byte);
  key.forEach((value, at) => (block[at] = value ^ byte));
  return block;
}
