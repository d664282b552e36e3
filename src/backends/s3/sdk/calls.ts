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
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
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
import { Digest, SMALL_BODY, toldChecksum } from '../digest.js';
import type { ProviderProfile } from '../profile.js';
import type { Connections } from '../wire/connections.js';
import { parseCopyAnswer } from '../wire/copy-answer.js';
import { parseDeleteAnswer } from '../wire/delete-answer.js';
import { deleteChecksum, deleteRequest } from '../wire/delete-request.js';
import { parseListAnswer } from '../wire/list-answer.js';
import { bodyInput } from './body-input.js';
import { Content } from './content.js';
import { inputOf } from './inputs.js';
import { SdkSender } from './sdk-sender.js';
import { SdkUploadCalls } from './upload-calls.js';

/**
 * The requests of a bucket, sent by the SDK: its way to sign, its retries, its middleware. Only what is to be read of
 * an answer is the same as on the other path, so that errors and headers are.
 *
 * A call, all its tries included, takes no longer than `requestTimeoutMs + retryBudgetMs`, up to the headers of a GET.
 * What must not be sent twice is not tried again, not even when the server is busy.
 */
export class SdkCalls implements S3Calls {
  readonly uploads: SdkUploadCalls;
  private readonly sender: SdkSender;

  /** @param connections Their limits hold; they are closed with it. */
  constructor(
    client: S3Client,
    private readonly bucket: string,
    private readonly profile: Pick<
      ProviderProfile,
      'listVersion' | 'encodingType' | 'deleteMany' | 'tellsUploadEncoding'
    >,
    private readonly connections: Connections,
  ) {
    this.sender = new SdkSender(client, bucket, connections);
    this.uploads = new SdkUploadCalls(this.sender, bucket, profile);
  }

  put({ key, headers, body, repeatable, signal }: S3PutCall): Promise<S3Answer> {
    const { input, stream } = bodyInput(body);
    const command = new PutObjectCommand({ ...this.object(key), ...inputOf(headers), ...input });
    // The SDK sends no stream twice, and warns of it on the console.
    const once = !repeatable || stream !== undefined;
    return this.sender.send(command, { take: whole, headers, stream, once, write: true, signal });
  }

  async get({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3ContentAnswer> {
    const command = new GetObjectCommand({ ...this.object(key, versionId), ...inputOf(headers) });
    const { answer, output } = await this.sender.run(command, { take: undefined, headers, signal });
    const { watchdog, limits } = this.connections;
    const size = Number(answer.headers['content-length'] ?? NaN);
    const told = answer.status === 200 && size <= SMALL_BODY ? toldChecksum(answer.headers) : undefined;
    const expected = {
      size,
      digest: told && new Digest(told.algorithm, told.value),
      host: this.sender.host,
      idleMs: limits.idleTimeoutMs,
    };
    return { ...answer, body: new Content(output.Body as Readable, expected, watchdog) };
  }

  head({ key, headers, versionId, partNumber, signal }: S3ObjectCall): Promise<S3Answer> {
    const object = { ...this.object(key, versionId), PartNumber: partNumber };
    const command = new HeadObjectCommand({ ...object, ...inputOf(headers) });
    return this.sender.send(command, { take: whole, headers, signal });
  }

  delete({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3Answer> {
    const command = new DeleteObjectCommand({ ...this.object(key, versionId), ...inputOf(headers) });
    const once = headers['if-match'] !== undefined;
    return this.sender.send(command, { take: whole, headers, once, write: true, signal });
  }

  deleteMany(keys: readonly string[], { signal }: S3CallOptions): Promise<readonly S3DeletedKey[]> {
    const body = deleteRequest(keys, false);
    const command = new DeleteObjectsCommand({
      Bucket: this.bucket,
      Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: false },
    });
    const headers = deleteChecksum(body, this.profile.deleteMany === 'md5');
    const take = (_: S3Answer, text: string) => parseDeleteAnswer(text);
    return this.sender.send(command, { take, headers, body, write: true, signal });
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
      return this.sender.send(command, { take, signal });
    }
    const command = new ListObjectsV2Command({
      ...input,
      ...(token !== undefined && { ContinuationToken: token }),
      ...(token === undefined && startAfter !== undefined && { StartAfter: startAfter }),
    });
    return this.sender.send(command, { take, signal });
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
    return this.sender.send(command, { take, headers, once, write: true, signal });
  }

  headBucket({ signal }: S3CallOptions): Promise<S3Answer> {
    return this.sender.send(new HeadBucketCommand({ Bucket: this.bucket }), { take: whole, signal });
  }

  close(): void {
    this.connections.close();
  }

  private object(key: string, versionId?: string) {
    return { Bucket: this.bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
  }
}

const whole = (answer: S3Answer): S3Answer => answer;
