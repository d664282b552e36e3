import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { StorageHttpModule } from '../../../src/http/index.js';
import { StorageModule } from '../../../src/storage/storage.module.js';
import { RedisLocker, TusModule } from '../../../src/tus/index.js';
import { openTarget, type ChildTarget } from '../../support/child-target.js';
import { dying, type Death } from '../../support/dying.js';

/** What a server that takes tus uploads is started with. */
export interface ServingConfig {
  readonly target: ChildTarget;
  readonly death?: Death | undefined;
  /** Whether objects lie below the pending prefix until they are scanned. */
  readonly scans: boolean;
  /** Whether the application names its objects itself: `own/<name>`. Default: the storage does. */
  readonly ownKeys?: boolean | undefined;
  /** URL of the Redis that keeps its locks. Default: the storage does. */
  readonly redis?: string | undefined;
}

const { target, death, scans, ownKeys = false, redis } = JSON.parse(process.argv[2] ?? '{}') as ServingConfig;

async function lockerOf(url: string): Promise<RedisLocker> {
  // What is not needed is not loaded.
  const { createClient } = await import('@redis/client');
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return new RedisLocker((command) => client.sendCommand(command), { leaseMs: 2_000 });
}

const locker = redis === undefined ? undefined : await lockerOf(redis);
const backend = await openTarget(target);

@Module({
  imports: [
    StorageModule.forRoot({ name: 'documents', backend, layers: [dying(death)] }),
    StorageHttpModule.forRoot({
      storages: {
        documents: {
          operations: ['get', 'tus'],
          ...(ownKeys && { key: ({ name }) => `own/${name ?? ''}` }),
          ...(scans && {
            scanner: {
              async scan(source) {
                for await (const chunk of source as AsyncIterable<Buffer>) void chunk;
                return 'clean' as const;
              },
            },
          }),
        },
      },
      authorize: () => true,
    }),
    TusModule.forRoot({ locker }),
  ],
})
class ServingModule {}

const app = await NestFactory.create(ServingModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const address = (app.getHttpServer() as { address(): { readonly port: number } }).address();
process.send?.({ port: address.port });
