import type {
  S3Answer,
  S3CallOptions,
  S3Calls,
  S3ContentAnswer,
  S3CopyAnswer,
  S3DeletedKey,
  S3GetCall,
  S3ListAnswer,
  S3ListCall,
  S3ObjectCall,
  S3PutCall,
} from '../calls.js';
import { copySource } from '../copy-source.js';
import type { ProviderProfile } from '../profile.js';
import { parseCopyAnswer } from './copy-answer.js';
import { parseDeleteAnswer } from './delete-answer.js';
import { deleteChecksum, deleteRequest } from './delete-request.js';
import { parseListAnswer } from './list-answer.js';
import type { Message, Sender } from './sender.js';
import { Takes } from './takes.js';
import { WireUploadCalls } from './upload-calls.js';

/** The requests of a bucket, sent by our own code. */
export class WireCalls implements S3Calls {
  readonly uploads: WireUploadCalls;
  private readonly takes: Takes;

  constructor(
    private readonly sender: Sender,
    private readonly bucket: string,
    private readonly profile: Pick<
      ProviderProfile,
      'listVersion' | 'encodingType' | 'deleteMany' | 'tellsUploadEncoding'
    >,
  ) {
    this.takes = new Takes(sender.connections);
    this.uploads = new WireUploadCalls(sender, this.takes, bucket, profile);
  }

  put({ key, headers, body, repeatable, signal }: S3PutCall): Promise<S3Answer> {
    return this.sender.send({ method: 'PUT', key, headers, body, repeatable, signal }, this.takes.done);
  }

  get({ key, headers, versionId, rest, signal }: S3GetCall): Promise<S3ContentAnswer> {
    const query = ofVersion(versionId);
    const content = rest ? 'rest' : 'whole';
    return this.sender.send(
      { method: 'GET', key, headers, query, repeatable: true, content, signal },
      this.takes.content,
    );
  }

  head({ key, headers, versionId, partNumber, signal }: S3ObjectCall): Promise<S3Answer> {
    const part = partNumber === undefined ? [] : [['partNumber', String(partNumber)] as const];
    const query = [...part, ...(ofVersion(versionId) ?? [])];
    return this.sender.send(
      { method: 'HEAD', key, headers, query, repeatable: true, signal },
      this.takes.empty,
    );
  }

  delete({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3Answer> {
    const repeatable = headers['if-match'] === undefined;
    const query = ofVersion(versionId);
    return this.sender.send({ method: 'DELETE', key, headers, query, repeatable, signal }, this.takes.done);
  }

  deleteMany(keys: readonly string[], { signal }: S3CallOptions): Promise<readonly S3DeletedKey[]> {
    // Not a quiet one: a key of which the answer says nothing was forgotten.
    const body = deleteRequest(keys, false);
    const headers = {
      'content-type': 'application/xml',
      ...deleteChecksum(body, this.profile.deleteMany === 'md5'),
    };
    const query = [['delete', '']] as const;
    const message: Message = {
      method: 'POST',
      query,
      headers,
      body,
      repeatable: true,
      patient: true,
      signal,
    };
    return this.sender.send(
      message,
      this.takes.parsed(signal, (text) => parseDeleteAnswer(text)),
    );
  }

  list({ prefix, delimiter, token, startAfter, maxKeys, signal }: S3ListCall): Promise<S3ListAnswer> {
    const { listVersion: version, encodingType } = this.profile;
    const query: [string, string][] = [
      ['max-keys', String(maxKeys)],
      ['prefix', prefix],
    ];
    if (version === 2) query.push(['list-type', '2']);
    if (encodingType) query.push(['encoding-type', 'url']);
    if (delimiter !== undefined) query.push(['delimiter', delimiter]);
    if (token !== undefined) query.push([version === 2 ? 'continuation-token' : 'marker', token]);
    else if (startAfter !== undefined) query.push([version === 2 ? 'start-after' : 'marker', startAfter]);
    return this.sender.send(
      { method: 'GET', query, repeatable: true, signal },
      this.takes.parsed(signal, (text) => parseListAnswer(text, { version, maxKeys })),
    );
  }

  copy(from: string, { key, headers, versionId, signal }: S3ObjectCall): Promise<S3CopyAnswer> {
    const source = copySource(this.bucket, from, versionId);
    return this.sender.send(
      {
        method: 'PUT',
        key,
        headers: { ...headers, 'x-amz-copy-source': source },
        repeatable: headers['if-none-match'] === undefined,
        patient: true,
        signal,
      },
      this.takes.parsed(signal, (text, answer) => ({ ...answer, ...parseCopyAnswer(text) })),
    );
  }

  headBucket({ signal }: S3CallOptions): Promise<S3Answer> {
    return this.sender.send({ method: 'HEAD', repeatable: true, signal }, this.takes.empty);
  }

  close(): void {
    this.sender.connections.close();
  }
}

function ofVersion(versionId: string | undefined): readonly (readonly [string, string])[] | undefined {
  return versionId === undefined ? undefined : [['versionId', versionId]];
}
