import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What this module needs to know of a request: Express's and Fastify's both are one. */
export interface HttpRequest {
  readonly method: string;
  /** The target as it came, unless a middleware rewrote it. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The target as it came. */
  readonly originalUrl?: string | undefined;
  /** Node's own request, where a framework wraps it (Fastify). */
  readonly raw?: IncomingMessage | undefined;
  readonly params?: unknown;
  /** What a body parser made of the body, where there is one. */
  readonly body?: unknown;
  /** Where authentication usually leaves who is calling. */
  readonly user?: unknown;
}

/** Node's own request. */
export function rawRequest(request: HttpRequest): IncomingMessage {
  return request.raw ?? (request as unknown as IncomingMessage);
}

/** The path of the target as it came: not decoded, without the query. */
export function rawPath(request: HttpRequest): string {
  return pathOf(request.originalUrl ?? request.raw?.url ?? request.url);
}

/** The path of a target, as it stands there. */
export function pathOf(target: string): string {
  const path = target.split(/[?#]/, 1)[0] ?? '';
  // The absolute form that a proxy may send: RFC 9112, 3.2.2.
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
}

/** The query of the target as it came. */
export function rawQuery(request: HttpRequest): URLSearchParams {
  const target = request.originalUrl ?? request.raw?.url ?? request.url;
  const start = target.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : target.slice(start + 1));
}
