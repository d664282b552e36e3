import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { createClient } from '@redis/client';
import { NestFactory } from '@nestjs/core';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import type { StorageBackend } from '../../../src/core/backend.js';
import type { Layer } from '../../../src/core/layer.js';
import { StorageHttpModule } from '../../../src/http/index.js';
import { StorageModule } from '../../../src/storage/storage.module.js';
import { RedisLocker, TusModule } from '../../../src/tus/index.js';

/** What a server that takes tus uploads is started with. */
export interface ServingConfig {
  /** 0: any. */
  readonly port: number;
  readonly target:
    | { readonly kind: 'local'; readonly root: string }
    | {
        readonly kind: 's3';
        readonly endpoint: string;
        readonly region: string;
        readonly bucket: string;
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly profile: 'versitygw' | 'minio';
      };
  /** The process kills itself at this change of the storage, counted from 1. Default: never. */
  readonly death?: { readonly at: number; readonly when: 'before' | 'after' } | undefined;
  /** Whether objects lie below the pending prefix until they are scanned. */
  readonly scans: boolean;
  /** URL of the Redis that keeps its locks. Default: the storage does. */
  readonly redis?: string | undefined;
}

const { port, target, death, scans, redis } = JSON.parse(process.argv[2] ?? '{}') as ServingConfig;

let changes = 0;
const dying: Layer = async (operation, next) => {
  if (!death || operation.access !== 'write') return next(operation);
  const die = (): Promise<never> => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  };
  if (death.when === 'before') return ++changes === death.at ? die() : next(operation);
  const result = await next(operation);
  // What the storage has refused is no change.
  return ++changes === death.at ? die() : result;
};

function backendOf(): StorageBackend {
  if (target.kind === 'local') return new LocalBackend({ root: target.root });
  const { accessKeyId, secretAccessKey, endpoint, region, bucket, profile } = target;
  return new S3Backend({ endpoint, region, bucket, profile, credentials: { accessKeyId, secretAccessKey } });
}

async function lockerOf(url: string): Promise<RedisLocker> {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return new RedisLocker((command) => client.sendCommand(command), { leaseMs: 2_000 });
}

const locker = redis === undefined ? undefined : await lockerOf(redis);

@Module({
  imports: [
    StorageModule.forRoot({ name: 'documents', backend: backendOf(), layers: [dying] }),
    StorageHttpModule.forRoot({
      storages: {
        documents: {
          operations: ['get', 'tus'],
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
await app.listen(port, '127.0.0.1');
const address = (app.getHttpServer() as { address(): { readonly port: number } }).address();
process.send?.({ port: address.port });
