import type { S3Client, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { abortError, linkAbort, throwIfAborted } from '../../../core/abort.js';
import { bodyError } from '../../../core/consume.js';
import { StorageError } from '../../../core/error.js';
import { unlessAborted } from '../../../core/unless-aborted.js';
import type { S3Answer } from '../calls.js';
import { unknownOutcome } from '../unknown-outcome.js';
import type { Connections } from '../wire/connections.js';
import { requestFailureOf } from './request-failure.js';
import { Tries, type Command, type Order } from './tries.js';

/** A command and what it is about. */
export interface Sending<T> extends Order<T> {
  readonly signal: AbortSignal | undefined;
  /** Whether it changes something. */
  readonly write?: boolean;
  /** Its body, when that is a stream: its failure is that of the command. */
  readonly stream?: Readable | undefined;
}

/** Has the SDK send commands, and reads their answers as the other path does. */
export class SdkSender {
  private knownHost: string | undefined;

  /** @param connections Their limits hold; they are closed with it. */
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    readonly connections: Connections,
  ) {}

  /** `host:port` of the server, once it is known. */
  get host(): string {
    return this.knownHost ?? this.bucket;
  }

  async send<I extends ServiceInputTypes, O extends ServiceOutputTypes, T>(
    command: Command<I, O>,
    sending: Sending<T>,
  ): Promise<T> {
    return (await this.run(command, sending)).value as T;
  }

  /** With the output of the SDK, whose body is to be read. */
  async run<I extends ServiceInputTypes, O extends ServiceOutputTypes, T>(
    command: Command<I, O>,
    sending: Sending<T>,
  ): Promise<{ readonly answer: S3Answer; readonly value?: T; readonly output: O }> {
    const { signal, write = false, stream } = sending;
    throwIfAborted(signal);
    const { requestTimeoutMs, retryBudgetMs } = this.connections.limits;
    const ms = requestTimeoutMs + retryBudgetMs;
    const tries = new Tries(sending);
    tries.watch(command);
    const link = linkAbort(signal);
    const limit = new StorageError('TIMEOUT', `No answer within ${ms} ms`);
    const timer = setTimeout(() => link.abort(limit), ms);
    // The SDK pipes it, so that nobody else would hear it.
    let broken: StorageError | undefined;
    stream?.on('error', (error) => link.abort((broken ??= bodyError(error))));
    try {
      const sent = this.client.send(command, { abortSignal: link.signal });
      // The SDK does not look at a signal while it waits before another try, or for credentials.
      const output = await unlessAborted(sent, link.signal, discard);
      return { ...tries.result(write), output };
    } catch (error) {
      if (signal?.aborted) {
        const ended = abortError(signal);
        throw write && tries.mayHaveHappened ? unknownOutcome(ended) : ended;
      }
      if (broken) throw broken;
      if (link.signal.aborted) throw tries.late(ms, write, this.host);
      throw tries.failure(write) ?? requestFailureOf(error, this.host) ?? error;
    } finally {
      this.knownHost = tries.host ?? this.knownHost;
      clearTimeout(timer);
      link.release();
      stream?.destroy();
    }
  }
}

/** Gives back the connection of an answer that came too late for anybody to read it. */
function discard(output: object): void {
  const { Body } = output as { readonly Body?: Readable };
  Body?.on('error', () => undefined).destroy();
}
