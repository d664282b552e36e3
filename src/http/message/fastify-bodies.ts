import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';

/** What this module needs of Fastify, of which it imports nothing: https://fastify.dev/docs/latest/Reference/ContentTypeParser/ */
interface Fastify {
  hasContentTypeParser(type: string | RegExp): boolean;
  addContentTypeParser(type: string | RegExp, parser: Parser): unknown;
  addHook(
    name: 'onRequest',
    hook: (request: RoutedRequest, reply: unknown, done: () => void) => void,
  ): unknown;
}
/** `routeOptions` is of the route that was chosen: https://fastify.dev/docs/latest/Reference/Request/ */
interface RoutedRequest {
  readonly raw: IncomingMessage;
  readonly routeOptions: { readonly url?: string | undefined };
}
type Parser = (
  request: { readonly raw: IncomingMessage },
  body: unknown,
  done: (error: Error | null) => void,
) => void;

/** What knows the adapter of an application. */
export interface Adapter {
  getType(): string;
  getInstance(): unknown;
}

const NAME = 'content-type';
/** A pattern stands beside a parser that `@fastify/multipart` or the application has for the very type, and behind it. */
const FORM = /^multipart\/form-data(?=;|$)/i;
/** It stands for the type of a request whose body is not to be read. */
const UNREAD = 'application/vnd.nestjs-stowage.unread';

const sent = new WeakMap<IncomingMessage, string | undefined>();

/**
 * Lets forms through to their handlers, unread: Fastify answers 415 to a type that it has no parser for. Nothing happens on
 * other adapters, and where there is none.
 */
export function leaveForms(adapter: Adapter | undefined): void {
  if (adapter?.getType() !== 'fastify') return;
  const fastify = adapter.getInstance() as Fastify;
  if (!fastify.hasContentTypeParser(FORM)) fastify.addContentTypeParser(FORM, (_, __, done) => done(null));
}

/**
 * Keeps the parsers of Fastify, its limit of a body and the hooks of `@fastify/multipart` from the requests whose route
 * `isOurs` names, by its method and its pattern. Fastify goes by the Content-Type, so those have another one between the
 * choice of the route and its guards.
 */
export function leaveBodies(
  adapter: Adapter,
  isOurs: (method: string | undefined, pattern: string) => boolean,
): void {
  const fastify = adapter.getInstance() as Fastify;
  fastify.addHook('onRequest', ({ raw, routeOptions }, _, done) => {
    if (isOurs(raw.method, routeOptions.url ?? '')) {
      sent.set(raw, raw.headers[NAME]);
      raw.headers[NAME] = UNREAD;
    }
    done();
  });
  // Several modules may be imported, each with its own hook.
  if (fastify.hasContentTypeParser(UNREAD)) return;
  fastify.addContentTypeParser(UNREAD, ({ raw }, _, done) => {
    // A client sent it: as Fastify answers a type that it has no parser for.
    if (!sent.has(raw)) return done(new UnsupportedMediaTypeException());
    const type = sent.get(raw);
    if (type === undefined) delete raw.headers[NAME];
    else raw.headers[NAME] = type;
    done(null);
  });
}
