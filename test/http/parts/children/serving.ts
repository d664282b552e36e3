import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import type { Layer } from '../../../../src/core/layer.js';
import { StorageHttpModule } from '../../../../src/http/index.js';
import { StorageModule } from '../../../../src/storage/storage.module.js';
import { openTarget, type ChildTarget } from '../../../support/child-target.js';

/** What a server that takes direct uploads is started with. */
export interface ServingConfig {
  readonly adapter: 'express' | 'fastify';
  readonly target: ChildTarget;
}

/** What it says. */
export type ServingWord =
  | { readonly port: number }
  /** It waits before that operation until it is told to go on. */
  | { readonly waits: string }
  | { readonly stored: string }
  /** All that it said before has come before. */
  | { readonly done: number };

/** What it is told: before which operation it shall wait, to go on, or to say that it has said all. */
export type ServingOrder = { readonly wait: string } | { readonly go: true } | { readonly done: number };

const SECRET = 'a secret of the tests, long enough';
const { adapter, target } = JSON.parse(process.argv[2] ?? '{}') as ServingConfig;
const say = (word: ServingWord): void => void process.send?.(word);

let waitFor: string | undefined;
let goOn = (): void => undefined;
process.on('message', (order: ServingOrder) => {
  if ('wait' in order) waitFor = order.wait;
  else if ('go' in order) goOn();
  else say(order);
});
process.once('disconnect', () => process.exit());

const waiting: Layer = async (operation, next) => {
  if (operation.name === waitFor) {
    waitFor = undefined;
    const told = new Promise<void>((resolve) => (goOn = resolve));
    say({ waits: operation.name });
    await told;
  }
  return next(operation);
};

let url = '';
const backend = await openTarget(target, { url: () => url });

@Module({
  imports: [
    StorageModule.forRoot({ name: 'documents', backend, layers: [waiting] }),
    StorageHttpModule.forRoot({
      storages: {
        documents: { operations: ['direct'], onStored: ({ key }) => say({ stored: key }) },
      },
      secret: SECRET,
      principal: () => 'ann',
      authorize: () => true,
    }),
  ],
})
class ServingModule {}

const quiet = { logger: false } as const;
const app =
  adapter === 'fastify'
    ? await NestFactory.create(ServingModule, await fastify(), quiet)
    : await NestFactory.create(ServingModule, quiet);
await app.listen(0, '127.0.0.1');
url = await app.getUrl();
say({ port: (app.getHttpServer() as { address(): { readonly port: number } }).address().port });

async function fastify(): Promise<AbstractHttpAdapter> {
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}
