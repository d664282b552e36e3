import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

/**
 * Keeps body parsers from the requests that `isOurs` names, which are uploads as they are: Nest's own one reads JSON and
 * forms before any route or middleware of a module. A parser goes by the Content-Type, so that is taken out of `headers`;
 * `sentContentType` still knows it.
 */
export function keepBodies(server: EventEmitter, isOurs: (request: IncomingMessage) => boolean): void {
  server.prependListener('request', (request: IncomingMessage) => {
    if (isOurs(request)) delete request.headers['content-type'];
  });
}

/** The Content-Type as the client sent it. */
export function sentContentType({ rawHeaders }: IncomingMessage): string | undefined {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  return at === -1 ? undefined : rawHeaders[at + 1]?.trim();
}
