import type { ServerResponse } from 'node:http';

/** What this module needs of a response: Express's, Fastify's reply, or Node's own. */
export type HttpResponse = ServerResponse | { readonly raw: ServerResponse; hijack?(): unknown };

/** Node's own response. A framework that wraps it is told to leave it alone from now on. */
export function rawResponse(response: HttpResponse): ServerResponse {
  if (!('raw' in response)) return response;
  response.hijack?.();
  return response.raw;
}
