import 'reflect-metadata';
import { readdirSync, statSync, type Stats } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Global, Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { StorageBackend } from '../../../../src/core/backend.js';
import { StorageHttpModule } from '../../../../src/http/index.js';
import { TusModule } from '../../../../src/tus/index.js';
import { StorageService } from '../../../../src/storage/storage.service.js';
import { getStorageToken } from '../../../../src/storage/storage.tokens.js';
import { openBackend } from './backends.js';
import type { HostileServerConfig, HostileStart, HostileState } from './config.js';
import { expressRoutes, recordRoutes } from './routes.js';
import { ACCESS, SERVED } from './served.js';

/** The application that the hostile tests send to: it says where it listens, and how it is when it is asked. */
const { adapter, place, timeouts } = JSON.parse(process.argv[2] ?? '{}') as HostileServerConfig;
let url = '';
const base = (): string => url;
const SECRET = 'a secret of the hostile tests, long enough';
const documents = openBackend(place, 'documents', base);
const alias = (name: string): StorageBackend =>
  place.kind === 's3' ? documents : openBackend(place, 'documents', base, name);

@Module({
  imports: [
    storages({
      documents,
      other: openBackend(place, 'other', base),
      images: openBackend(place, 'images', base),
      reader: alias('reader'),
      signer: alias('signer'),
      scanned: alias('scanned'),
      resumable: alias('resumable'),
    }),
    StorageHttpModule.forRoot({ storages: SERVED, ...ACCESS, health: true, secret: SECRET }),
    TusModule.forRoot(),
  ],
})
class HostileModule {}

const routes: string[] = [];
const app = await create();
const server = app.getHttpServer() as Server;
if (timeouts) {
  server.headersTimeout = timeouts.headers;
  server.requestTimeout = timeouts.request;
  // Read when it begins to listen: https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener
  Object.assign(server, { connectionsCheckingInterval: 100 });
}
await app.listen(0, '127.0.0.1');
const { port } = server.address() as AddressInfo;
url = `http://127.0.0.1:${port}`;
if (adapter === 'express') routes.push(...expressRoutes(app));
say({ said: 'start', port, routes });
process.on('message', (id: number) => void state(id).then(say));
process.once('disconnect', () => process.exit());

function storages(backends: Readonly<Record<string, StorageBackend>>): DynamicModule {
  @Global()
  @Module({})
  class Storages {}
  const providers = Object.entries(backends).map(([name, backend]) => ({
    provide: getStorageToken(name),
    useFactory: () => new StorageService(name, backend),
  }));
  return { module: Storages, providers, exports: providers.map(({ provide }) => provide) };
}

async function create(): Promise<INestApplication> {
  const quiet = { logger: false, forceCloseConnections: true } as const;
  if (adapter === 'express') return NestFactory.create(HostileModule, quiet);
  const fastify = new FastifyAdapter();
  recordRoutes(fastify, routes);
  return NestFactory.create(HostileModule, fastify, quiet);
}

function say(message: HostileStart | HostileState): void {
  process.send?.(message);
}

async function state(id: number): Promise<HostileState> {
  const connections = await new Promise<number>((resolve) =>
    server.getConnections((_, count) => resolve(count)),
  );
  // What it was started with is its parent's: that may print into a file.
  const own = readdirSync('/proc/self/fd').filter((descriptor) => Number(descriptor) > 2);
  const open = own.map(stat);
  const files = open.filter((one) => one?.isFile()).length;
  const sockets = open.filter((one) => one?.isSocket()).length;
  // While something goes on, who asks again and again would have it do nothing but collect.
  if (connections === 0) await collect();
  const { heapUsed, external } = process.memoryUsage();
  const polluted: string[] = [];
  // What is inherited is what is looked for.
  for (const name in {}) polluted.push(name);
  return { said: 'state', id, files, sockets, connections, memory: heapUsed + external, polluted };
}

async function collect(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  // What the first one finds dead may keep buffers until its finalizers have run.
  await new Promise((resolve) => setImmediate(resolve));
  gc?.();
}

function stat(descriptor: string): Stats | undefined {
  try {
    return statSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // That of the listing itself.
    return undefined;
  }
}
