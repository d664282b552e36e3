import { createHash, timingSafeEqual } from 'node:crypto';
import { StartError } from './start-error.js';

/** Characters of a token, at least. */
const MIN_LENGTH = 8;
/** What the Bearer scheme can carry: RFC 6750, 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
/** A segment of a key, which the user's objects are kept below. */
const USER = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** Who may use the server, each with a token. The tokens themselves are not kept. */
export class ApiTokens {
  private constructor(private readonly digests: ReadonlyMap<string, Buffer>) {}

  /**
   * Reads `alice:token,bob:token`. Nothing set means nobody.
   * @throws StartError for a malformed list. It prints no part of it: what stands for the user may be a token.
   */
  static parse(text: string | undefined): ApiTokens {
    const digests = new Map<string, Buffer>();
    const entries = text === undefined || text.trim() === '' ? [] : text.split(',');
    const seen = new Set<string>();
    entries.forEach((entry, index) => {
      const at = `API_TOKENS, entry ${index + 1}`;
      const colon = entry.indexOf(':');
      if (colon === -1) throw new StartError(`${at}: write it as user:token`);
      const user = entry.slice(0, colon).trim();
      const token = entry.slice(colon + 1).trim();
      if (!USER.test(user)) {
        throw new StartError(
          `${at}: a user is 1 to 64 letters, digits, ".", "_", "@" and "-", and begins with a letter or a digit`,
        );
      }
      if (token.length < MIN_LENGTH)
        throw new StartError(`${at}: the token has fewer than ${MIN_LENGTH} characters`);
      if (!TOKEN.test(token))
        throw new StartError(`${at}: the token has a character that a Bearer token cannot have`);
      if (digests.has(user)) throw new StartError(`${at}: the user is there twice`);
      const digest = digestOf(token);
      if (seen.has(digest.toString('hex')))
        throw new StartError(`${at}: the token is that of another user, too`);
      seen.add(digest.toString('hex'));
      digests.set(user, digest);
    });
    return new ApiTokens(digests);
  }

  get users(): readonly string[] {
    return [...this.digests.keys()];
  }

  /** Whose token this is. It takes as long for a wrong one as for any right one. */
  userOf(token: string): string | undefined {
    const digest = digestOf(token);
    let found: string | undefined;
    for (const [user, own] of this.digests) if (timingSafeEqual(own, digest)) found = user;
    return found;
  }
}

/** Digests have one length, so that a comparison does not tell that of the token. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
