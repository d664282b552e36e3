import type { IncomingMessage } from 'node:http';
import type {
  S3Answer,
  S3CallOptions,
  S3Calls,
  S3ContentAnswer,
  S3CopyAnswer,
  S3DeletedKey,
  S3Headers,
  S3ListAnswer,
  S3ListCall,
  S3ObjectCall,
  S3PutCall,
} from '../calls.js';
import { copySource } from '../copy-source.js';
import { checksumOf } from '../digest.js';
import { classifyCode } from '../errors.js';
import { MAX_TEXT } from '../max-text.js';
import type { ProviderProfile } from '../profile.js';
import { S3RequestError } from '../request-error.js';
import { parseCopyAnswer } from './copy-answer.js';
import { parseDeleteAnswer } from './delete-answer.js';
import { deleteRequest } from './delete-request.js';
import { parseListAnswer } from './list-answer.js';
import { readText } from './read-text.js';
import { refusalFrom } from './refusal.js';
import type { Message, Sender, Take } from './sender.js';
import { S3AnsweredError } from './xml-answer.js';
import { XmlError } from './xml.js';

/** The requests of a bucket, sent by our own code. */
export class WireCalls implements S3Calls {
  constructor(
    private readonly sender: Sender,
    private readonly bucket: string,
    private readonly profile: Pick<ProviderProfile, 'listVersion' | 'encodingType' | 'deleteMany'>,
  ) {}

  put({ key, headers, body, repeatable, signal }: S3PutCall): Promise<S3Answer> {
    return this.sender.send({ method: 'PUT', key, headers, body, repeatable, signal }, this.done);
  }

  get({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3ContentAnswer> {
    const query = ofVersion(versionId);
    return this.sender.send(
      { method: 'GET', key, headers, query, repeatable: true, checked: true, signal },
      content,
    );
  }

  head({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3Answer> {
    const query = ofVersion(versionId);
    return this.sender.send({ method: 'HEAD', key, headers, query, repeatable: true, signal }, empty);
  }

  delete({ key, headers, versionId, signal }: S3ObjectCall): Promise<S3Answer> {
    const repeatable = headers['if-match'] === undefined;
    const query = ofVersion(versionId);
    return this.sender.send({ method: 'DELETE', key, headers, query, repeatable, signal }, this.done);
  }

  deleteMany(keys: readonly string[], { signal }: S3CallOptions): Promise<readonly S3DeletedKey[]> {
    // Not a quiet one: a key of which the answer says nothing was forgotten.
    const body = deleteRequest(keys, false);
    const md5 = this.profile.deleteMany === 'md5';
    const { value } = checksumOf(md5 ? 'md5' : 'crc32', body);
    const headers = {
      'content-type': 'application/xml',
      ...(md5 ? { 'content-md5': value } : { 'x-amz-checksum-crc32': value }),
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
      this.parsed(signal, (text) => parseDeleteAnswer(text)),
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
      this.parsed(signal, (text) => parseListAnswer(text, { version, maxKeys })),
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
      this.parsed(signal, (text, answer) => ({ ...answer, ...parseCopyAnswer(text) })),
    );
  }

  headBucket({ signal }: S3CallOptions): Promise<S3Answer> {
    return this.sender.send({ method: 'HEAD', repeatable: true, signal }, empty);
  }

  close(): void {
    this.sender.connections.close();
  }

  /** Of an answer whose body says nothing. */
  private readonly done: Take<S3Answer> = (response, host) => {
    if (response.headers['content-length'] === '0' || response.statusCode === 204)
      return empty(response, host);
    readText(response, this.sender.connections, host, MAX_TEXT).catch(ignore);
    return answerOf(response);
  };

  /** Of an answer that is XML. @throws S3ResponseError for an error inside a 200, S3RequestError for anything else. */
  private parsed<T>(signal: AbortSignal | undefined, parse: (text: string, answer: S3Answer) => T): Take<T> {
    return async (response, host) => {
      const text = await readText(response, this.sender.connections, host, MAX_TEXT, signal);
      try {
        return parse(text, answerOf(response));
      } catch (error) {
        // What fails after its headers were sent is an error inside a 200: of it only the code tells what it is.
        if (error instanceof S3AnsweredError)
          throw refusalFrom(statusOf(error.answer.code), response.headers, text, host, 1);
        if (!(error instanceof XmlError)) throw error;
        throw new S3RequestError('protocol', `${host}: ${error.message}`, { sent: true, host, cause: error });
      }
    };
  }
}

/** Of an answer that has no body. */
const empty: Take<S3Answer> = (response) => {
  response.on('error', ignore).resume();
  return answerOf(response);
};

const content: Take<S3ContentAnswer> = (response) => ({ ...answerOf(response), body: response });

/** What would have stood for an error instead of 200: 500 for what may go better the next time. */
function statusOf(code: string | undefined): number {
  const temporary = ['UNAVAILABLE', 'TIMEOUT', 'THROTTLED', 'UNKNOWN'];
  return code === undefined || temporary.includes(classifyCode(code).code) ? 500 : 400;
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): S3Answer {
  // Node joins what comes twice, but for Set-Cookie, which nobody asks for here.
  return { status: statusCode, headers: headers as S3Headers };
}

function ofVersion(versionId: string | undefined): readonly (readonly [string, string])[] | undefined {
  return versionId === undefined ? undefined : [['versionId', versionId]];
}

const ignore = (): void => undefined;
