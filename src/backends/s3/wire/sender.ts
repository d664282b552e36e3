import type { S3Client } from '@aws-sdk/client-s3';
import type { IncomingMessage } from 'node:http';
import { throwIfAborted } from '../../../core/abort.js';
import { StorageError } from '../../../core/error.js';
import type { Rereadable } from '../../../core/rereadable.js';
import type { S3Signing } from '../presigning.js';
import { S3RequestError } from '../request-error.js';
import { S3ResponseError } from '../response-error.js';
import { rest } from '../rest.js';
import { unknownOutcome } from '../unknown-outcome.js';
import { unlessAborted } from '../../../core/unless-aborted.js';
import { Backoff } from './backoff.js';
import type { Answered, Connections } from './connections.js';
import { Credentials } from './credentials.js';
import { Payload } from './payload.js';
import { refusalOf } from './refusal.js';
import { EMPTY_SHA256, Signer, UNSIGNED_PAYLOAD, type SigningCredentials } from './signer.js';
import { inRegion, resolveTarget, type Target } from './target.js';
import { canonicalQuery, encodeKey } from './uri.js';
import { judge, mayHaveHappened } from './verdict.js';

/** A clock that is wronger than a day is no clock to follow. */
const MAX_SKEW_MS = 24 * 60 * 60_000;
/** Statuses of requests whose signature was right: RFC 9110, 15.4 and 15.5. */
const AUTHENTICATED: ReadonlySet<number> = new Set([304, 404, 409, 412, 416]);

/** One request, before it is signed. */
export interface Message {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Absent: the bucket itself. */
  readonly key?: string | undefined;
  readonly query?: readonly (readonly [string, string])[] | undefined;
  /** Lower-case names; all of them are signed. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | Rereadable | undefined;
  /** Whether it may be sent again although an earlier try may have had its effect. */
  readonly repeatable: boolean;
  /** Whether what it does shows in no object, so that its outcome is never unknown: a part of an upload. */
  readonly tentative?: boolean | undefined;
  /** How often it is sent when it fails, within what the limits allow. A connection, clock or region mended is no new try. */
  readonly tries?: number | undefined;
  /** Whether its answer may take as long as a whole try may: the server copies. */
  readonly patient?: boolean | undefined;
  /** Whether the body of its answer is the content of an object: Outgoing. */
  readonly content?: 'whole' | 'rest' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What becomes of an answer of success: it reads its body, destroys it or hands it on. @param bytes Of small content, which was read. */
export type Take<T> = (response: IncomingMessage, host: string, bytes?: Buffer) => T | Promise<T>;

/** Signs requests for one bucket, sends them, and sends them again where that is safe. */
export class Sender {
  private readonly signer = new Signer();
  private readonly backoff: Backoff;
  private readonly credentials: Credentials;
  private target: Target | undefined;
  private resolving: Promise<Target> | undefined;
  /** What the server's clock is ahead of ours, in milliseconds. */
  private skewMs = 0;

  /** @param payload Whether bodies are signed: `auto` over http. */
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    readonly connections: Connections,
    private readonly payload: 'auto' | 'signed' | 'unsigned',
  ) {
    this.backoff = new Backoff(connections.limits);
    this.credentials = new Credentials(client, connections.limits.requestTimeoutMs, bucket);
  }

  /**
   * Resolves with what `take` makes of the answer of success. What it throws counts as the failure of this try.
   * @throws S3ResponseError, S3RequestError, or the StorageError of the signal.
   */
  async send<T>(message: Message, take: Take<T>): Promise<T> {
    const began = performance.now();
    const { signal, repeatable, tries = Infinity } = message;
    const write = isWrite(message);
    const payload = new Payload(message.body);
    let tried: Set<string> | undefined;
    let failures = 0;
    let unsure = false;
    /** What an answer made us believe. Others believe it when it has helped: one wrong answer must not break them all. */
    let found: Found = {};
    for (let attempts = 1; ; attempts++) {
      const now = Date.now() + (found.skewMs ?? this.skewMs);
      const used = this.credentials.current();
      let failure: S3ResponseError | S3RequestError;
      let keys: SigningCredentials | undefined;
      let signedFor: Target | undefined;
      let answered = false;
      try {
        throwIfAborted(signal);
        keys = used instanceof Promise ? await unlessAborted(used, signal) : used;
        const target = found.target ?? this.target ?? (await unlessAborted(this.resolve(), signal));
        signedFor = target;
        const hash = this.payloadHash(target, payload);
        const sha256 = hash instanceof Promise ? await unlessAborted(hash, signal) : hash;
        const { response, bytes } = await this.exchange(message, target, keys, now, sha256);
        answered = true;
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) {
          const taking = take(response, target.host, bytes);
          const taken = taking instanceof Promise ? await taking : taking;
          this.backoff.succeeded(attempts);
          this.keep(found);
          return taken;
        }
        failure = await refusalOf(response, this.connections, target.host, attempts, signal);
        if (AUTHENTICATED.has(statusCode)) this.keep(found);
      } catch (error) {
        if (!(error instanceof S3RequestError || error instanceof S3ResponseError))
          throw write && (unsure || answered) && StorageError.is(error) ? unknownOutcome(error) : error;
        failure = error;
      }
      let verdict = judge(failure, repeatable, now);
      const fix =
        verdict === 'correct-clock' || verdict === 'renew-credentials' || verdict === 'follow-region';
      // Each of these is done once: what it did not mend it will not mend.
      if (verdict !== 'again' && tried?.has(verdict)) verdict = verdict === 'at-once' ? 'again' : 'give-up';
      tried = (tried ?? new Set()).add(verdict);
      unsure ||= mayHaveHappened(failure);
      if (fix) {
        const mended = await unlessAborted(
          this.mend(verdict, failure as S3ResponseError, keys, signedFor),
          signal,
        );
        if (mended) found = { ...found, ...mended };
        else verdict = 'give-up';
      }
      const later = verdict === 'again' || verdict === 'once-more';
      if (later && ++failures >= tries) verdict = 'give-up';
      const pause =
        later && verdict !== 'give-up'
          ? this.backoff.next(attempts, performance.now() - began, retryAfter(failure), priceOf(failure))
          : 0;
      if (verdict === 'give-up' || pause === undefined) throw failure.after(attempts, unsure && write);
      if (pause > 0) await rest(pause, signal);
    }
  }

  /** What signs a URL now. @throws S3RequestError `credentials`, and the Error of the SDK for a bucket that has no endpoint. */
  async signing(): Promise<S3Signing> {
    const target = this.target ?? (await this.resolve());
    const found = this.credentials.current();
    const credentials = found instanceof Promise ? await found : found;
    const now = Date.now() + this.skewMs;
    return { target, credentials, credentialsEnd: this.credentials.end, now, signer: this.signer };
  }

  private exchange(
    message: Message,
    target: Target,
    keys: SigningCredentials,
    now: number,
    payloadHash: string,
  ): Promise<Answered> {
    const { method, key, query = [], headers, body, patient, content, signal } = message;
    const path = `${target.basePath}/${key === undefined ? '' : encodeKey(key)}`;
    const search = query.length === 0 ? '' : canonicalQuery(query);
    // Not by a spread: what is added to such a copy survives quick collections (V8 11), 320 bytes of each request.
    const signed: Record<string, string> = Object.assign({}, headers);
    // Without it Node sends an empty body in chunks, which not every server takes.
    if (body ?? (method === 'PUT' || method === 'POST'))
      signed['content-length'] = String(body?.byteLength ?? 0);
    this.signer.sign(
      { method, host: target.host, path, query: search, headers: signed },
      keys,
      target,
      payloadHash,
      now,
    );
    const flat: string[] = ['host', target.host, 'user-agent', 'nestjs-stowage'];
    for (const name in signed) flat.push(name, signed[name]!);
    return this.connections.exchange(target, {
      method,
      path: search === '' ? path : `${path}?${search}`,
      headers: flat,
      body,
      write: isWrite(message),
      patient,
      content,
      signal,
    });
  }

  private payloadHash({ secure }: Target, payload: Payload): string | Promise<string> {
    if (payload.empty) return EMPTY_SHA256;
    if (this.payload === 'unsigned' || (this.payload === 'auto' && secure)) return UNSIGNED_PAYLOAD;
    return payload.sha256();
  }

  private resolve(): Promise<Target> {
    this.resolving ??= resolveTarget(this.client, this.bucket)
      .then((target) => (this.target = target))
      .finally(() => (this.resolving = undefined));
    return this.resolving;
  }

  /** What to send the request again with; undefined when nothing would be better. */
  private async mend(
    verdict: string,
    { serverTime, region }: S3ResponseError,
    keys: SigningCredentials | undefined,
    used: Target | undefined,
  ): Promise<Found | undefined> {
    if (verdict === 'correct-clock') {
      const skewMs = (serverTime?.getTime() ?? NaN) - Date.now();
      return Math.abs(skewMs) <= MAX_SKEW_MS ? { skewMs } : undefined;
    }
    if (verdict === 'renew-credentials')
      return keys !== undefined && (await this.credentials.renew(keys)) ? {} : undefined;
    if (!used || region === undefined || region === used.region) return undefined;
    return { target: await inRegion(this.client, used, this.bucket, region) };
  }

  private keep({ target, skewMs }: Found): void {
    if (target) this.target = target;
    if (skewMs !== undefined) this.skewMs = skewMs;
  }
}

/** What an answer told of the server. */
interface Found {
  readonly target?: Target;
  readonly skewMs?: number;
}

/** Whether the loss of its answer leaves open what is stored. */
function isWrite({ method, tentative }: Message): boolean {
  return !tentative && method !== 'GET' && method !== 'HEAD';
}

/** No token for a lack of descriptors: it is our own, the server has heard nothing. */
function priceOf(failure: S3ResponseError | S3RequestError): 0 | undefined {
  const { code } = (failure.cause ?? {}) as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE' ? 0 : undefined;
}

function retryAfter(failure: S3ResponseError | S3RequestError): number | undefined {
  return failure instanceof S3ResponseError ? failure.retryAfterMs : undefined;
}
