import { Inject, Module, type DynamicModule, type NestModule } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { IncomingMessage, Server } from 'node:http';
import { globalPrefixOf } from './global-prefix.js';
import { httpError } from './errors/http-error.js';
import { continueWhenRead } from './message/expect-continue.js';
import { leaveBodies } from './message/fastify-bodies.js';
import { keepBodies } from './signed/keep-body.js';
import {
  ConfigurableModuleClass,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './storage-http.module-definition.js';
import { describeRoutes } from './openapi/describe-routes.js';
import type { OpenApiRoutes, OpenApiSecurity } from './openapi/open-api-document.js';
import { ServedStorages } from './served-storages.js';
import { HTTP_ROUTES } from './storage-http.tokens.js';
import { StorageRoutes } from './storage-routes.js';

/**
 * Serves storages of the application over HTTP, below `prefix` (`api`):
 *
 * - `POST :storage/upload`: the file of the field `file`, or the files of `files`, of a multipart form
 * - `GET`, `HEAD`, `DELETE :storage/objects/<key>`
 * - `GET :storage/objects?prefix=&delimiter=&cursor=&limit=`
 * - `POST :storage/presign`: a signed URL
 * - `POST :storage/direct` and `POST :storage/direct/confirm`: uploads that go past this server
 * - `POST :storage/direct/sign` and `:storage/direct/s3/…`: what `@uppy/aws-s3` asks for; `:storage/direct/granted`: the URLs that it gets
 * - `GET`, `HEAD`, `PUT`, `DELETE :storage/signed/<key>`: signed URLs of storages that are served here, as local ones are
 * - `POST`, `OPTIONS :storage/tus`, `HEAD`, `PATCH`, `DELETE :storage/tus/<id>`: resumable uploads, by TusModule
 * - `GET v1/storage/health`, when `health` is set
 *
 * Nothing is allowed by default: a route exists for the operations that a storage enables, and `authorize`
 * decides each request before its body is read. Errors are answered as `application/problem+json`.
 * The storages are those of StorageModule, found by name anywhere in the application. Several imports need a `prefix` each.
 */
@Module({})
export class StorageHttpModule extends ConfigurableModuleClass implements NestModule {
  constructor(
    @Inject(HTTP_ROUTES) private readonly routes: StorageRoutes,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(ServedStorages) private readonly storages: ServedStorages,
  ) {
    super();
  }

  /** Options at hand. `imports` are for what `guards` inject. @throws StorageError INVALID_ARGUMENT (reason `config`). */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    if (typeof options !== 'object' || options === null)
      throw httpError('forRoot got no options: pass { storages: …, authorize: … }');
    const { prefix, health, guards, imports, ...rest } = options;
    return this.forRootAsync({
      ...(prefix !== undefined && { prefix }),
      ...(health !== undefined && { health }),
      ...(guards !== undefined && { guards }),
      ...(imports !== undefined && { imports }),
      useFactory: () => rest,
    });
  }

  /**
   * Options from `useFactory`, or from `createStorageHttpOptions` of `useClass` or `useExisting`.
   * `prefix`, `health` and `guards` stand beside them. @throws StorageError INVALID_ARGUMENT (reason `config`).
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /** What an OpenAPI document says of its routes: for `withStorageOpenApi`. @param security What a caller needs. */
  describe(security: readonly OpenApiSecurity[] | undefined): OpenApiRoutes {
    return describeRoutes({
      base: this.routes.basePath(globalPrefixOf(this.modules)),
      storages: this.storages.options.storages,
      signing: this.storages.signing(),
      health: this.routes.hasHealth,
      security,
    });
  }

  /** Called by Nest after the global prefix is set and before it reads the paths of the controllers. */
  configure(): void {
    const { httpAdapter } = this.host;
    const type = httpAdapter.getType();
    this.routes.place(globalPrefixOf(this.modules), type);
    this.checkAlone();
    if (type === 'fastify')
      leaveBodies(httpAdapter, (method, pattern) => this.routes.takesBody(method, pattern));
    const server = httpAdapter.getHttpServer() as Server;
    if (type === 'express') keepBodies(server, (request) => this.isBare(request));
    if (type === 'express' || type === 'fastify')
      continueWhenRead(
        server,
        (request) => this.isBare(request) || this.isServed(request, 'upload|presign|direct(?:/.*)?'),
      );
  }

  /** Of two imports with the same paths Express would ask the first alone. @throws StorageError INVALID_ARGUMENT. */
  private checkAlone(): void {
    const globalPrefix = globalPrefixOf(this.modules);
    const base = this.routes.basePath(globalPrefix);
    const all: StorageHttpModule[] = this.modules.get(StorageHttpModule, { strict: false, each: true });
    if (all.every((other) => other === this || other.routes.basePath(globalPrefix) !== base)) return;
    throw httpError(
      `it is imported twice for the paths below "${base}/": serve all storages by one import, or pass each a prefix of its own`,
    );
  }

  /** Forms and JSON are left to the parsers of Express, which leave forms alone. */
  private isBare(request: IncomingMessage): boolean {
    const { method } = request;
    if (method === 'PUT') return this.isServed(request, 'signed/.*|direct/granted');
    if (method === 'POST') return this.isServed(request, 'tus(?:/[^/]*)?|direct/granted');
    return method === 'PATCH' && this.isServed(request, 'tus(?:/[^/]*)?');
  }

  private isServed({ url = '' }: IncomingMessage, route: string): boolean {
    const name = this.routes.storageOf(url, route);
    return name !== undefined && this.storages.get(name) !== undefined;
  }
}
