import type {
  $Command,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import type { S3Answer, S3Headers } from '../calls.js';
import { MAX_TEXT } from '../max-text.js';
import { S3RequestError } from '../request-error.js';
import type { S3ResponseError } from '../response-error.js';
import { refusalFrom, refusalWithin } from '../wire/refusal.js';
import { mayHaveHappened } from '../wire/verdict.js';
import { S3AnsweredError } from '../wire/xml-answer.js';
import { XmlError } from '../wire/xml.js';
import { readBytes } from './read-bytes.js';
import { requestFailureOf } from './request-failure.js';

/** Bytes of the largest error that is read. */
const MAX_ERROR = 64 * 1024;

/** A command of the SDK for S3. */
export type Command<I extends ServiceInputTypes, O extends ServiceOutputTypes> = $Command<
  I,
  O,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/** What is asked of a command besides its input. */
export interface Order<T> {
  /** What the answer of success means, of which `text` is the body; `undefined`: its body is for the caller to read. */
  readonly take: ((answer: S3Answer, text: string) => T) | undefined;
  /** Sent in any case, whether the SDK knows their input or not: a condition must not get lost. */
  readonly headers?: S3Headers | undefined;
  /** Sent instead of what the SDK makes of the input. */
  readonly body?: Uint8Array | undefined;
  /** Whether it must not be sent twice. */
  readonly once?: boolean | undefined;
}

interface HttpRequest {
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly headers: Record<string, string>;
  body?: unknown;
}

interface HttpResponse {
  readonly statusCode: number;
  headers: Record<string, string>;
  body: Readable;
}

/** What is true of every try of one command: it is seen before the SDK makes something else of it. */
export class Tries<T> {
  /** The server of the last one, once there was one. */
  host: string | undefined;
  private readonly failures: (S3ResponseError | S3RequestError)[] = [];
  private last: 'none' | 'open' | 'failed' | 'answered' = 'none';
  private taken: { readonly answer: S3Answer; readonly value?: T } | undefined;

  constructor(private readonly order: Order<T>) {}

  /** Adds to `command` what watches it. */
  watch<I extends ServiceInputTypes, O extends ServiceOutputTypes>({ middlewareStack }: Command<I, O>): void {
    const { headers = {}, body, once } = this.order;
    middlewareStack.add(
      (next) => (args) => {
        const request = args.request as HttpRequest;
        if (body) request.body = body;
        for (const [name, value] of Object.entries(headers)) request.headers[name] ??= value;
        return next(args);
      },
      // Behind the SDK's own, which makes the request, and before anything that looks at it.
      { step: 'serialize', priority: 'low', name: 'stowageHeaders' },
    );
    middlewareStack.add(
      (next) => async (args) => {
        const { hostname, port } = args.request as HttpRequest;
        this.host = port === undefined ? hostname : `${hostname}:${port}`;
        this.last = 'open';
        let result: Awaited<ReturnType<typeof next>>;
        try {
          result = await next(args);
          await this.answered(result.response as HttpResponse, this.host);
        } catch (error) {
          this.failed(error, this.host);
          throw error;
        }
        return result;
      },
      // The innermost: it sees what came, and the SDK what is left of it.
      { step: 'deserialize', priority: 'low', name: 'stowageAnswer' },
    );
    if (once) {
      middlewareStack.add((next) => (args) => next(args), {
        step: 'finalizeRequest',
        priority: 'high',
        name: 'retryMiddleware',
        override: true,
      });
    }
  }

  /** The answer of success, and what `take` made of it. @throws S3ResponseError, S3RequestError when there was none. */
  result(write: boolean): { readonly answer: S3Answer; readonly value?: T } {
    if (this.taken) return this.taken;
    throw this.failure(write) ?? new Error('The request was not sent');
  }

  /** The error of the last try, which knows of all of them; `undefined` when it did not fail itself. */
  failure(write: boolean): S3ResponseError | S3RequestError | undefined {
    const failure = this.last === 'failed' ? this.failures.at(-1) : undefined;
    return failure?.after(this.failures.length, write && this.failures.some(mayHaveHappened));
  }

  /**
   * Whether what is ended now may have had its effect: a try is under way, or was answered, or an earlier one left it open.
   * How much of a request the SDK has sent is not known.
   */
  get mayHaveHappened(): boolean {
    return this.last === 'open' || this.last === 'answered' || this.failures.some(mayHaveHappened);
  }

  /** The error for a time limit that ended all tries. */
  late(ms: number, write: boolean, where: string): S3RequestError {
    const { host = where } = this;
    return new S3RequestError('timeout', `${host}: no answer within ${ms} ms`, {
      sent: this.last !== 'none',
      host,
      limit: 'total',
      attempts: this.failures.length,
      unsure: write && this.mayHaveHappened,
    });
  }

  private async answered(response: HttpResponse, host: string): Promise<void> {
    const { statusCode: status, headers } = response;
    const { take } = this.order;
    const answer = { status, headers: { ...headers } };
    const success = status >= 200 && status < 300;
    if (success && !take) {
      // Whoever reads the body compares them: the SDK would end the stream with an error of no kind.
      response.headers = withoutChecksums(headers);
      this.taken = { answer };
      this.last = 'answered';
      return;
    }
    const bytes = await readBytes(response.body, host, success ? MAX_TEXT : MAX_ERROR);
    response.body = Readable.from(bytes.length === 0 ? [] : [bytes]);
    const text = bytes.toString();
    if (!success || !take) this.refused(refusalFrom(status, headers, text, host, 1));
    else this.take(take, answer, text, host);
  }

  private take(take: NonNullable<Order<T>['take']>, answer: S3Answer, text: string, host: string): void {
    try {
      this.taken = { answer, value: take(answer, text) };
      this.last = 'answered';
    } catch (error) {
      if (error instanceof S3AnsweredError)
        this.refused(refusalWithin(error.answer.code, answer.headers, text, host));
      else if (!(error instanceof XmlError)) throw error;
      else {
        const message = `${host}: ${error.message}`;
        this.refused(new S3RequestError('protocol', message, { sent: true, host, cause: error }));
      }
    }
  }

  private refused(failure: S3ResponseError | S3RequestError): void {
    this.failures.push(failure);
    this.last = 'failed';
  }

  private failed(error: unknown, host: string): void {
    const failure = error instanceof S3RequestError ? error : requestFailureOf(error, host);
    if (failure) this.refused(failure);
  }
}

function withoutChecksums(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')));
}
