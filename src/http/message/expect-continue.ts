import { ServerResponse, type IncomingMessage, type Server } from 'node:http';

type Claim = (request: IncomingMessage) => boolean;

const claims = new WeakMap<Server, Claim[]>();
const waiting = new WeakSet<IncomingMessage>();

/**
 * Sends `100 Continue` to the requests that `isOurs` names when somebody begins to read their body, not before: a client
 * that waits for it sends no body that is refused (RFC 9110, 10.1.1). Other requests get it as Node gives it. Where the
 * application listens to `checkContinue`, that is left to it: https://nodejs.org/api/http.html#event-checkcontinue
 */
export function continueWhenRead(server: Server, isOurs: Claim): void {
  const known = claims.get(server);
  if (known) return void known.push(isOurs);
  const all = [isOurs];
  claims.set(server, all);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (server.listenerCount('checkContinue') > 1) return;
    // A request of HTTP/2 has another class.
    if (response instanceof ServerResponse && all.some((claim) => claim(request))) wait(request, response);
    else response.writeContinue();
    server.emit('request', request, response);
  });
}

/** Whether the client of a request may still be waiting to be told to send. */
export function isWaiting(request: IncomingMessage): boolean {
  return waiting.has(request);
}

/** Whoever reads calls `_read`: a stream that flows, a `pipe`, an iteration. */
function wait(request: IncomingMessage, response: ServerResponse): void {
  const read = request._read.bind(request);
  waiting.add(request);
  request._read = (size) => {
    request._read = read;
    waiting.delete(request);
    if (!response.headersSent && !response.destroyed) response.writeContinue();
    read(size);
  };
}
