import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGzip, type Gzip } from 'node:zlib';

type End = (chunk?: unknown, encoding?: unknown, done?: unknown) => ServerResponse;

/**
 * A middleware that compresses as the package `compression` of Express does: by the headers that an answer has when it begins,
 * without a look at its status. What forbids it is a Content-Encoding and `no-transform`.
 */
export function compressing(_: IncomingMessage, response: ServerResponse, next: () => void): void {
  const write = response.write.bind(response);
  const end = response.end.bind(response) as End;
  let gzip: Gzip | undefined;
  let begun = false;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    const cacheControl = String(response.getHeader('cache-control') ?? '');
    if (response.hasHeader('content-encoding') || /\bno-transform\b/.test(cacheControl)) return;
    response.removeHeader('content-length');
    response.setHeader('content-encoding', 'gzip');
    gzip = createGzip();
    gzip.on('data', (chunk: Buffer) => {
      if (!write(chunk)) gzip?.pause();
    });
    response.prependListener('drain', () => gzip?.resume());
    gzip.on('end', () => end());
  };
  response.write = (chunk: Uint8Array): boolean => {
    begin();
    if (!gzip) return write(chunk);
    gzip.once('drain', () => response.emit('drain'));
    return gzip.write(chunk);
  };
  response.end = ((...last: Parameters<End>) => {
    begin();
    if (!gzip) return end(...last);
    gzip.end();
    return response;
  }) as ServerResponse['end'];
  next();
}
