import type { DynamicModule, INestApplication, Provider, Type } from '@nestjs/common';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import {
  StorageHttpModule,
  type StorageAccessRequest,
  type StorageDecision,
  type StorageHttpExtras,
  type StorageHttpOptions,
} from '../../src/http/index.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { getStorageToken } from '../../src/storage/storage.tokens.js';
import { createOn, currentAdapter, type AdapterName } from './support/adapters.js';

/** An application on a socket of its own, and the storages that it serves. */
export interface Harness {
  readonly app: INestApplication;
  readonly url: string;
  readonly port: number;
  readonly storage: StorageService;
  close(): Promise<void>;
}

/** A module that provides storages of given backends to the whole application. */
export function storages(backends: Readonly<Record<string, StorageBackend>>): DynamicModule {
  @Global()
  @Module({})
  class Storages {}
  const providers: Provider[] = Object.entries(backends).map(([name, backend]) => ({
    provide: getStorageToken(name),
    useFactory: () => new StorageService(name, backend),
  }));
  return {
    module: Storages,
    providers,
    exports: providers.map((one) => (one as { provide: symbol }).provide),
  };
}

export async function boot(
  imports: (DynamicModule | Type)[],
  {
    controllers = [],
    prefix,
    providers = [],
    name = 'documents',
    adapter = currentAdapter(),
    prepare,
    destroy,
    force,
  }: {
    readonly controllers?: Type[];
    readonly prefix?: string;
    readonly providers?: Provider[];
    readonly name?: string;
    /** Default: that of the describe around it (`forEachAdapter`), else Express. */
    readonly adapter?: AdapterName;
    /** What is done to the application before it starts. */
    readonly prepare?: ((app: INestApplication) => void) | undefined;
    /** Ends what the application was given, after it. */
    readonly destroy?: (() => Promise<void>) | undefined;
    /** Whether Nest ends the connections that are open when it closes. Default: true, which is not Nest's own. */
    readonly force?: boolean | undefined;
  } = {},
): Promise<Harness> {
  const module = await Test.createTestingModule({ imports, controllers, providers }).compile();
  const app = createOn(adapter, module, { force });
  if (prefix !== undefined) app.setGlobalPrefix(prefix);
  prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  return {
    app,
    port,
    url: `http://127.0.0.1:${port}`,
    storage: app.get<StorageService>(getStorageToken(name), { strict: false }),
    async close() {
      await app.close();
      await destroy?.();
    },
  };
}

type Decide = (access: StorageAccessRequest) => StorageDecision | Promise<StorageDecision>;

/** One storage, `documents`, with every operation. */
export function serveDocuments(
  options: Partial<StorageHttpOptions['storages'][string]> = {},
  {
    backend = new MemoryBackend(),
    destroy,
    authorize = () => true,
    ...extras
  }: StorageHttpExtras & {
    readonly backend?: StorageBackend;
    readonly destroy?: () => Promise<void>;
    readonly authorize?: Decide;
    readonly imports?: NonNullable<DynamicModule['imports']>;
  } & Partial<Pick<StorageHttpOptions, 'principal' | 'baseUrl'>> = {},
): Promise<Harness> {
  return boot(
    [
      storages({ documents: backend }),
      StorageHttpModule.forRoot({
        storages: { documents: { operations: ['upload', 'get', 'list', 'delete'], ...options } },
        authorize,
        ...extras,
      }),
    ],
    { destroy },
  );
}

/** A form with files, each `[field, content, name, type]`. */
export function form(
  ...files: readonly (readonly [string, string | Uint8Array, string, string?])[]
): FormData {
  const data = new FormData();
  for (const [field, content, name, type = 'text/plain'] of files)
    data.append(field, new Blob([content], { type }), name);
  return data;
}

/**
 * What the server answers to `text` on a raw connection, until it closes it or, once it has begun, says nothing for `quietMs`. The server is
 * in this process: time in which nothing of it runs does not count. Fails when it has not begun after 15 seconds.
 */
export function raw(port: number, text: string | Buffer, quietMs = 1500): Promise<string> {
  const tickMs = 50;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    let ticks = 0;
    const clock = setInterval(() => {
      ticks++;
      if (chunks.length > 0 && ticks * tickMs > quietMs) done();
      if (ticks * tickMs > 15_000) socket.destroy(new Error('Nothing was answered'));
    }, tickMs);
    const done = (): void => {
      clearInterval(clock);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      ticks = 0;
    });
    socket.on('error', (error) => (chunks.length > 0 ? done() : reject(error)));
    socket.on('close', done);
    socket.write(text);
  });
}

/** A GET on a raw connection, so that nothing rewrites the path. */
export async function rawGet(
  port: number,
  path: string,
  headers = '',
): Promise<{ status: number; text: string }> {
  const text = await raw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);
  return { status: Number(text.slice(9, 12)), text };
}

/** All keys of a storage, but for the marks of what was confirmed: they stay until they are swept. */
export async function keysOf(storage: StorageService): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list()) if (!key.startsWith('pending/locks/')) keys.push(key);
  return keys;
}
