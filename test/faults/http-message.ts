import { STATUS_CODES } from 'node:http';
import type { SocketReader } from './socket-reader.js';

/** A request as it came over the wire. */
export interface RequestHead {
  readonly method: string;
  /** As it was sent: path and query, encoded. */
  readonly target: string;
  /** Encoded, without the query. */
  readonly path: string;
  /** Decoded. */
  readonly query: ReadonlyMap<string, string>;
  /** Names in lower case; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a server answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Chunks that are made while they are sent go out chunked, whatever `headers` say. */
  readonly body: Buffer | (() => Iterable<Buffer>);
}

/** The next request head of a connection; undefined when there is none any more. */
export async function readHead(reader: SocketReader): Promise<RequestHead | undefined> {
  const bytes = await reader.until('\r\n\r\n');
  if (!bytes) return undefined;
  const [line = '', ...fields] = bytes.toString('latin1').trimEnd().split('\r\n');
  const [method = '', target = ''] = line.split(' ');
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { method, target, path, query: queryOf(mark < 0 ? '' : target.slice(mark + 1)), headers };
}

function queryOf(text: string): Map<string, string> {
  const pairs = text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=') as [string, string?]);
  return new Map(pairs.map(([name, value = '']) => [decodeURIComponent(name), decodeURIComponent(value)]));
}

/** The body of a request, of one of known length at most `limit` bytes, piece by piece; it ends early when the connection does. */
export async function* readBody(
  reader: SocketReader,
  { headers }: RequestHead,
  limit = Infinity,
): AsyncGenerator<Buffer, void, undefined> {
  if (headers['transfer-encoding']?.toLowerCase() === 'chunked') {
    for (;;) {
      const line = await reader.until('\r\n');
      const size = line ? Number.parseInt(line.toString('latin1'), 16) : 0;
      yield* reader.take(size);
      if (!(await reader.until('\r\n')) || size === 0) return;
    }
  }
  yield* reader.take(Math.min(Number(headers['content-length'] ?? 0), limit));
}

/** Status line and headers of an answer to `method`, complete with the length that it needs. */
export function headBytes({ status, headers, body }: Answer, method: string): Buffer {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const own: Record<string, string> = given.has('date') ? {} : { date: new Date().toUTCString() };
  if (typeof body === 'function') own['transfer-encoding'] = 'chunked';
  else if (
    !given.has('content-length') &&
    !given.has('transfer-encoding') &&
    status !== 204 &&
    status !== 304
  ) {
    if (method !== 'HEAD') own['content-length'] = String(body.length);
  }
  const lines = Object.entries({ ...own, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${lines.join('')}\r\n`,
    'latin1',
  );
}

/** The body of an answer as it goes over the wire. */
export function* bodyPieces({ body }: Answer, method: string): Generator<Buffer, void, undefined> {
  if (method === 'HEAD') return;
  if (typeof body !== 'function') return void (yield body);
  for (const piece of body()) {
    yield Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  }
  yield Buffer.from('0\r\n\r\n');
}
