import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { abortError, linkAbort, onAbort, throwIfAborted } from '../../../core/abort.js';
import { StorageError } from '../../../core/error.js';
import type {
  S3Answer,
  S3CallOptions,
  S3Calls,
  S3ContentAnswer,
  S3CopyAnswer,
  S3DeletedKey,
  S3ListAnswer,
  S3ListCall,
  S3ObjectCall,
  S3PutCall,
} from '../calls.js';
import { copySource } from '../copy-source.js';
import { checksumOf, Digest, SMALL_BODY, toldChecksum } from '../digest.js';
import type { ProviderProfile } from '../profile.js';
import { unknownOutcome } from '../unknown-outcome.js';
import type { Connections } from '../wire/connections.js';
import { parseCopyAnswer } from '../wire/copy-answer.js';
import { parseDeleteAnswer } from '../wire/delete-answer.js';
import { deleteRequest } from '../wire/delete-request.js';
import { parseListAnswer } from '../wire/list-answer.js';
import { Content } from './content.js';
import { inputOf } from './inputs.js';
import { requestFailureOf } from './request-failure.js';
import { Tries, type Command, type Order } from './tries.js';

interface Sending<T> extends Order<T> {
  readonly signal: AbortSignal | undefined;
  /** Whether it changes something. */
  readonly write?: boolean;
}

/**
 * The requests of a bucket, sent by the SDK: its way to sign, its retries, its middleware. Only what is to be read of
 * an answer is the same as on the other path, so that errors and headers are.
 *
 * A call, all its tries included, takes no longer than `requestTimeoutMs + retryBudgetMs`, up to the headers of a GET.
 * What must not be sent twice is not tried again, not even when the server is busy.
 */
export class SdkCalls implements S3Calls {
  private knownHost: string | undefined;

  /** @param connections Their limits hold; they are closed with it. */
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly profile: Pick<ProviderProfile, 'listVersion' | 'encodingType' | 'deleteMany'>,
    private readonly connections: Connections,
  ) {}

  /** `host:port` of the server, once it is known. */
  get host(): string {
    return this.knownHost ?? this.bucket;
  }

  put({ key, headers, body, repeatable, signal }: S3PutCall): Promise<S3Answer> {
    const command = new PutObjectCommand({ ...this.object(key), ...inputOf(headers), Body: body });
    return this.send(command, { take: whole, headers, once: !repeatable, write: true, signal });
  }

  async get({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3ContentAnswer> {
    const command = new GetObjectCommand({ ...this.object(key, versionId), ...inputOf(headers) });
    const { answer, output } = await this.run(command, { take: undefined, headers, signal });
    const { watchdog, limits } = this.connections;
    const size = Number(answer.headers['content-length'] ?? NaN);
    const told = answer.status === 200 && size <= SMALL_BODY ? toldChecksum(answer.headers) : undefined;
    const expected = {
      size,
      digest: told && new Digest(told.algorithm, told.value),
      host: this.host,
      idleMs: limits.idleTimeoutMs,
    };
    return { ...answer, body: new Content(output.Body as Readable, expected, watchdog) };
  }

  head({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3Answer> {
    const command = new HeadObjectCommand({ ...this.object(key, versionId), ...inputOf(headers) });
    return this.send(command, { take: whole, headers, signal });
  }

  delete({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3Answer> {
    const command = new DeleteObjectCommand({ ...this.object(key, versionId), ...inputOf(headers) });
    const once = headers['if-match'] !== undefined;
    return this.send(command, { take: whole, headers, once, write: true, signal });
  }

  deleteMany(keys: readonly string[], { signal }: S3CallOptions): Promise<readonly S3DeletedKey[]> {
    const body = deleteRequest(keys, false);
    const md5 = this.profile.deleteMany === 'md5';
    const { value } = checksumOf(md5 ? 'md5' : 'crc32', body);
    const command = new DeleteObjectsCommand({
      Bucket: this.bucket,
      Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: false },
    });
    const headers = { [md5 ? 'content-md5' : 'x-amz-checksum-crc32']: value };
    const take = (_: S3Answer, text: string) => parseDeleteAnswer(text);
    return this.send(command, { take, headers, body, write: true, signal });
  }

  list({ prefix, delimiter, token, startAfter, maxKeys, signal }: S3ListCall): Promise<S3ListAnswer> {
    const { listVersion: version, encodingType } = this.profile;
    const input = {
      Bucket: this.bucket,
      Prefix: prefix,
      MaxKeys: maxKeys,
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(encodingType && { EncodingType: 'url' as const }),
    };
    const take = (_: S3Answer, text: string) => parseListAnswer(text, { version, maxKeys });
    if (version === 1) {
      const marker = token ?? startAfter;
      const command = new ListObjectsCommand({ ...input, ...(marker !== undefined && { Marker: marker }) });
      return this.send(command, { take, signal });
    }
    const command = new ListObjectsV2Command({
      ...input,
      ...(token !== undefined && { ContinuationToken: token }),
      ...(token === undefined && startAfter !== undefined && { StartAfter: startAfter }),
    });
    return this.send(command, { take, signal });
  }

  copy(from: string, { key, headers, versionId, signal }: S3ObjectCall): Promise<S3CopyAnswer> {
    const source = copySource(this.bucket, from, versionId);
    const command = new CopyObjectCommand({
      ...this.object(key),
      ...inputOf(headers),
      CopySource: source,
    });
    const take = (answer: S3Answer, text: string) => ({ ...answer, ...parseCopyAnswer(text) });
    const once = headers['if-none-match'] !== undefined;
    return this.send(command, { take, headers, once, write: true, signal });
  }

  headBucket({ signal }: S3CallOptions): Promise<S3Answer> {
    return this.send(new HeadBucketCommand({ Bucket: this.bucket }), { take: whole, signal });
  }

  close(): void {
    this.connections.close();
  }

  private object(key: string, versionId?: string) {
    return { Bucket: this.bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
  }

  private async send<I extends ServiceInputTypes, O extends ServiceOutputTypes, T>(
    command: Command<I, O>,
    sending: Sending<T>,
  ): Promise<T> {
    return (await this.run(command, sending)).value as T;
  }

  private async run<I extends ServiceInputTypes, O extends ServiceOutputTypes, T>(
    command: Command<I, O>,
    sending: Sending<T>,
  ): Promise<{ readonly answer: S3Answer; readonly value?: T; readonly output: O }> {
    const { signal, write = false } = sending;
    throwIfAborted(signal);
    const { requestTimeoutMs, retryBudgetMs } = this.connections.limits;
    const ms = requestTimeoutMs + retryBudgetMs;
    const tries = new Tries(sending);
    tries.watch(command);
    const link = linkAbort(signal);
    const limit = new StorageError('TIMEOUT', `No answer within ${ms} ms`);
    const timer = setTimeout(() => link.abort(limit), ms);
    try {
      const sent = this.client.send(command, { abortSignal: link.signal });
      const output = await unlessAborted(sent, link.signal);
      return { ...tries.result(write), output };
    } catch (error) {
      if (signal?.aborted) {
        const ended = abortError(signal);
        throw write && tries.mayHaveHappened ? unknownOutcome(ended) : ended;
      }
      if (link.signal.aborted) throw tries.late(ms, write, this.host);
      throw tries.failure(write) ?? requestFailureOf(error, this.host) ?? error;
    } finally {
      this.knownHost = tries.host ?? this.knownHost;
      clearTimeout(timer);
      link.release();
    }
  }
}

const whole = (answer: S3Answer): S3Answer => answer;

/** The SDK does not look at a signal while it waits before another try, or for credentials. */
function unlessAborted<O extends ServiceOutputTypes>(sent: Promise<O>, signal: AbortSignal): Promise<O> {
  return new Promise<O>((resolve, reject) => {
    const release = onAbort(signal, (error) => {
      reject(error);
      // It came too late for anybody to read it.
      sent.then(discard, () => undefined);
    });
    sent.then(resolve, reject).finally(release);
  });
}

function discard(output: object): void {
  const { Body } = output as { readonly Body?: Readable };
  Body?.on('error', () => undefined).destroy();
}
