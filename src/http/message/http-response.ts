import type { ServerResponse } from 'node:http';

/** What this module needs of a response: Express's, Fastify's reply, or Node's own. */
export type HttpResponse =
  | ServerResponse
  | {
      readonly raw: ServerResponse;
      hijack?(): unknown;
      getHeaders?(): Readonly<Record<string, number | string | readonly string[] | undefined>>;
    };

/**
 * Node's own response. A framework that wraps it is told to leave it alone from now on. What hooks and plugins told Fastify to
 * send (`reply.header`, CORS, Helmet) is taken along: it would be written only with an answer of Fastify's own.
 */
export function rawResponse(response: HttpResponse): ServerResponse {
  if (!('raw' in response)) return response;
  const { raw } = response;
  response.hijack?.();
  if (raw.headersSent) return raw;
  for (const [name, value] of Object.entries(response.getHeaders?.() ?? {}))
    if (value !== undefined && !raw.hasHeader(name)) raw.setHeader(name, value);
  return raw;
}

/** Node's own response, to look at: the framework goes on with it. */
export function nodeResponse(response: HttpResponse): ServerResponse {
  return 'raw' in response ? response.raw : response;
}
