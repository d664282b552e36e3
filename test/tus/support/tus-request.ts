import { request } from 'node:http';
import { within } from '../../support/within.js';

export interface TusAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

export interface TusRequest {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Buffer | undefined;
  /** Sends `body` and then ends the connection, though more was promised. */
  readonly promised?: number | undefined;
}

const VERSION = { 'Tus-Resumable': '1.0.0' };

/** One request of the protocol, by hand. One that is cut off has the status 0. */
export function tusRequest(method: string, url: string, options: TusRequest = {}): Promise<TusAnswer> {
  const { headers, body, promised } = options;
  const isChunked = headers?.['Transfer-Encoding'] !== undefined;
  const answer = new Promise<TusAnswer>((resolve, reject) => {
    const length = promised ?? body?.byteLength;
    const sent = request(url, {
      method,
      headers: {
        ...VERSION,
        ...(length !== undefined && !isChunked && { 'Content-Length': length }),
        ...headers,
      },
    });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as TusAnswer['headers'],
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', (error) =>
      promised === undefined ? reject(error) : resolve({ status: 0, headers: {}, text: '' }),
    );
    if (promised === undefined) sent.end(body);
    // It is written out before the connection ends.
    else sent.write(body ?? Buffer.alloc(0), () => setTimeout(() => sent.destroy(), 60));
  });
  return within(answer, `${method} ${url}`, 30_000);
}

/** The value of Upload-Metadata. */
export function metadataOf(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

/** Begins an upload, and gives its URL. */
export async function create(
  endpoint: string,
  length: number | 'deferred',
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const size: Record<string, string> =
    length === 'deferred' ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(length) };
  const answer = await tusRequest('POST', endpoint, { headers: { ...size, ...headers } });
  if (answer.status !== 201) throw new Error(`POST answered ${answer.status}: ${answer.text}`);
  return new URL(answer.headers.location ?? '', endpoint).href;
}

/** Sends bytes from `offset` on. */
export function patch(
  url: string,
  offset: number,
  body: Buffer,
  options: Omit<TusRequest, 'body'> = {},
): Promise<TusAnswer> {
  const headers = {
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': String(offset),
    ...options.headers,
  };
  return tusRequest('PATCH', url, { ...options, headers, body });
}

/** How many bytes the server has. */
export async function offsetOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const answer = await tusRequest('HEAD', url, { headers });
  if (answer.status !== 200) throw new Error(`HEAD answered ${answer.status}`);
  return Number(answer.headers['upload-offset']);
}
