import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { refusal } from '../errors/refuse.js';

const NAME = 'content-type';

/**
 * Keeps body parsers from the requests that `isOurs` names, which are uploads as they are: Nest's own one reads JSON and
 * forms before any route or middleware of a module. A parser goes by the Content-Type, so that is taken out of `headers`;
 * `sentContentType` still knows it.
 */
export function keepBodies(server: EventEmitter, isOurs: (request: IncomingMessage) => boolean): void {
  server.prependListener('request', (request: IncomingMessage) => {
    if (isOurs(request)) delete request.headers[NAME];
  });
}

/**
 * The Content-Type as the client sent it.
 * @throws StorageError INVALID_ARGUMENT for several: it is one header (RFC 9110, 8.3), of which readers choose differently.
 */
export function sentContentType({ rawHeaders }: IncomingMessage): string | undefined {
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === NAME);
  if (values.length > 1) throw refusal('INVALID_ARGUMENT', 'Send one Content-Type', NAME);
  return values[0]?.trim();
}
