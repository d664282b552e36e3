import { StorageError } from '../../../core/error.js';
import { SigningKey, type SigningCredentials, type SigningScope } from './signing-key.js';
import { encodeQueryPart } from './uri.js';

/** Credentials change a few times a day, and one backend has one region: more are there only while they change. */
const MAX_KEYS = 8;

/** Keeps the signing keys in use, so that a signature needs none of the four HMACs that a day's key takes. */
export class SigningKeys {
  /** The last used first. */
  readonly #keys: SigningKey[] = [];
  #second = NaN;
  #timestamp = '';
  #token = '';
  #encodedToken = '';

  /**
   * `now` in the form of `x-amz-date`: `20130524T000000Z`.
   * @throws StorageError INVALID_ARGUMENT for an invalid date, or one that four digits of a year cannot say
   */
  timestamp(now: Date | number): string {
    const second = Math.floor(Number(now) / 1000);
    if (second !== this.#second) {
      const date = new Date(second * 1000);
      const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString();
      if (iso.length !== 24) throw new StorageError('INVALID_ARGUMENT', 'There is no such date to sign at');
      this.#timestamp = `${iso.slice(0, 19).replace(/[-:]/g, '')}Z`;
      this.#second = second;
    }
    return this.#timestamp;
  }

  /** The key of `credentials` for `scope` on the day of `timestamp`. */
  get(credentials: SigningCredentials, scope: SigningScope, timestamp: string): SigningKey {
    const last = this.#keys[0];
    if (last?.serves(credentials, scope, timestamp)) return last;
    const at = this.#keys.findIndex((key) => key.serves(credentials, scope, timestamp));
    const [key = new SigningKey(credentials, scope, timestamp.slice(0, 8))] =
      at < 0 ? [] : this.#keys.splice(at, 1);
    this.#keys.unshift(key);
    if (this.#keys.length > MAX_KEYS) this.#keys.pop();
    return key;
  }

  /** A session token as a query carries it. They are long and stay the same for hours: the last one is remembered. */
  encodedToken(token: string): string {
    if (token !== this.#token) {
      this.#encodedToken = encodeQueryPart(token);
      this.#token = token;
    }
    return this.#encodedToken;
  }
}
