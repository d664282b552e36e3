import type { S3Client } from '@aws-sdk/client-s3';
import { types } from 'node:util';
import { S3RequestError } from '../request-error.js';
import type { SigningCredentials } from './signer.js';

/** What is expiring within this time is asked for anew, so that it does not expire on its way. As the SDK does. */
const MARGIN_MS = 5 * 60_000;

/** The keys that sign: those of the SDK's client, asked for once and again when they expire. */
export class Credentials {
  private kept: SigningCredentials | undefined;
  private until = Infinity;
  private asking: Promise<SigningCredentials> | undefined;

  /** @param timeoutMs Milliseconds that their provider has. */
  constructor(
    private readonly client: S3Client,
    private readonly timeoutMs: number,
    private readonly host: string,
  ) {}

  /** The keys to sign with now. They are at hand, unless they are about to expire. @throws S3RequestError `credentials`. */
  current(): SigningCredentials | Promise<SigningCredentials> {
    const now = Date.now();
    if (this.kept && now < this.until) return this.kept;
    const asking = (this.asking ??= this.ask(false));
    if (!this.kept || now >= this.until + MARGIN_MS) return asking;
    // They hold for a while: nobody has to wait for the others.
    asking.catch(() => undefined);
    return this.kept;
  }

  /** When those that `current` gave last expire, in milliseconds since 1970; Infinity when they do not. */
  get end(): number {
    return this.until + MARGIN_MS;
  }

  /** Asks for others. Whether others came. @throws S3RequestError `credentials`. */
  async renew(used: SigningCredentials): Promise<boolean> {
    if (this.kept !== used) return true;
    const { accessKeyId, sessionToken } = await (this.asking ??= this.ask(true));
    return accessKeyId !== used.accessKeyId || sessionToken !== used.sessionToken;
  }

  private async ask(forceRefresh: boolean): Promise<SigningCredentials> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${this.timeoutMs} ms`)), this.timeoutMs);
      });
      const provide = this.client.config.credentials as unknown as Provider;
      const found = await Promise.race([provide({ forceRefresh }), late]);
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = found;
      if (!accessKeyId || !secretAccessKey) throw new Error('the provider gave no keys');
      this.until = expiration ? expiration.getTime() - MARGIN_MS : Infinity;
      return (this.kept = { accessKeyId, secretAccessKey, sessionToken });
    } catch (cause) {
      // They were asked for early: while they hold they will do, until the provider is itself again.
      if (!forceRefresh && this.kept && Date.now() < this.until + MARGIN_MS) return this.kept;
      const why = types.isNativeError(cause) ? cause.message : typeof cause;
      throw new S3RequestError('credentials', `No credentials: ${why}`, {
        sent: false,
        host: this.host,
        cause,
      });
    } finally {
      clearTimeout(timer);
      this.asking = undefined;
    }
  }
}

type Provider = (options: {
  forceRefresh: boolean;
}) => Promise<SigningCredentials & { readonly expiration?: Date }>;
