import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { StorageHttpModule } from '../../../src/http/index.js';
import { StorageModule } from '../../../src/storage/storage.module.js';
import { TusModule } from '../../../src/tus/index.js';
import { openTarget, type ChildTarget } from '../../support/child-target.js';

/** What a server that takes tus uploads from pages is started with. */
export interface ServingPagesConfig {
  readonly adapter: 'express' | 'fastify';
  readonly target: ChildTarget;
  /** Of the pages. */
  readonly origin: string;
  /** Where it writes a line for each object that it was told of. */
  readonly rows: string;
}

const { adapter, target, origin, rows } = JSON.parse(process.argv[2] ?? '{}') as ServingPagesConfig;
const backend = await openTarget(target);

@Module({
  imports: [
    StorageModule.forRoot({ name: 'documents', backend }),
    StorageHttpModule.forRoot({
      storages: {
        documents: {
          operations: ['get', 'tus'],
          onStored: ({ key }) => appendFileSync(rows, `${key}\n`),
        },
      },
      authorize: () => true,
    }),
    TusModule.forRoot(),
  ],
})
class ServingPagesModule {}

async function fastify(): Promise<AbstractHttpAdapter> {
  // Express does not need it.
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}

const app =
  adapter === 'fastify'
    ? await NestFactory.create(ServingPagesModule, await fastify(), { logger: ['error'] })
    : await NestFactory.create(ServingPagesModule, { logger: ['error'] });
// As docs/tus.md says it.
app.enableCors({
  origin,
  methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'],
  exposedHeaders: [
    ...[
      'Location',
      'Upload-Offset',
      'Upload-Length',
      'Upload-Metadata',
      'Upload-Expires',
      'Upload-Defer-Length',
    ],
    ...['Tus-Version', 'Tus-Resumable', 'Tus-Max-Size', 'Tus-Extension', 'Stowage-Key', 'Stowage-Location'],
  ],
});
await app.listen(0, '127.0.0.1');
const address = (app.getHttpServer() as { address(): { readonly port: number } }).address();
process.send?.({ port: address.port });
