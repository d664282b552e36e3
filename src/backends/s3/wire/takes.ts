import type { IncomingMessage } from 'node:http';
import { BytesBody } from '../../../core/bytes-body.js';
import type { S3Answer, S3ContentAnswer, S3Headers } from '../calls.js';
import { MAX_TEXT } from '../max-text.js';
import { S3RequestError } from '../request-error.js';
import type { Connections } from './connections.js';
import { readText } from './read-text.js';
import { refusalWithin } from './refusal.js';
import type { Take } from './sender.js';
import { S3AnsweredError } from './xml-answer.js';
import { XmlError } from './xml.js';

/** What becomes of answers of success. */
export class Takes {
  constructor(private readonly connections: Connections) {}

  /** Of an answer that has no body. */
  readonly empty: Take<S3Answer> = (response) => {
    response.on('error', ignore).resume();
    return answerOf(response);
  };

  /** Of an answer whose body says nothing. */
  readonly done: Take<S3Answer> = (response, host) => {
    if (response.headers['content-length'] === '0' || response.statusCode === 204)
      return this.empty(response, host);
    readText(response, this.connections, host, MAX_TEXT).catch(ignore);
    return answerOf(response);
  };

  /** Of an answer whose body is handed on, or was read because it is small. */
  readonly content: Take<S3ContentAnswer> = (response, _host, bytes) => {
    const { status, headers } = answerOf(response);
    return { status, headers, body: bytes ? new BytesBody(bytes) : response };
  };

  /** Of an answer that is XML. @throws S3ResponseError for an error inside a 200, S3RequestError for anything else. */
  parsed<T>(signal: AbortSignal | undefined, parse: (text: string, answer: S3Answer) => T): Take<T> {
    return async (response, host) => {
      const text = await readText(response, this.connections, host, MAX_TEXT, signal);
      try {
        return parse(text, answerOf(response));
      } catch (error) {
        if (error instanceof S3AnsweredError)
          throw refusalWithin(error.answer.code, response.headers, text, host);
        if (!(error instanceof XmlError)) throw error;
        throw new S3RequestError('protocol', `${host}: ${error.message}`, { sent: true, host, cause: error });
      }
    };
  }
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): S3Answer {
  // Node joins what comes twice, but for Set-Cookie, which nobody asks for here.
  return { status: statusCode, headers: headers as S3Headers };
}

const ignore = (): void => undefined;
