import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { StorageHttpModule } from '../../../../src/http/index.js';
import { StorageModule } from '../../../../src/storage/storage.module.js';
import { openTarget, type ChildTarget } from '../../../support/child-target.js';
import { dying, type Death } from '../../../support/dying.js';

/** What a server that takes direct uploads is started with. */
export interface ConfirmingConfig {
  readonly target: ChildTarget;
  /** Where clients reach it. */
  readonly url: string;
  readonly death?: Death | undefined;
  /** Whether the application names its objects itself: `own/<name>`. */
  readonly ownKeys: boolean;
  /** Where it writes a line for each object that it was told of. */
  readonly rows: string;
}

const { target, url, death, ownKeys, rows } = JSON.parse(process.argv[2] ?? '{}') as ConfirmingConfig;
const backend = await openTarget(target, { url: () => url });

@Module({
  imports: [
    StorageModule.forRoot({ name: 'documents', backend, layers: [dying(death)] }),
    StorageHttpModule.forRoot({
      storages: {
        documents: {
          operations: ['direct'],
          ...(ownKeys && { key: ({ name = '' }) => `own/${name}` }),
          onStored: ({ key }) => appendFileSync(rows, `${key}\n`),
        },
      },
      authorize: () => true,
      secret: 'a secret of thirty-two characters',
    }),
  ],
})
class ConfirmingModule {}

const app = await NestFactory.create(ConfirmingModule, { logger: false });
await app.listen(0, '127.0.0.1');
const address = (app.getHttpServer() as { address(): { readonly port: number } }).address();
process.send?.({ port: address.port });
