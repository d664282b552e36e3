import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import { StorageError } from '../../../src/core/error.js';
import { StorageModule } from '../../../src/storage/storage.module.js';
import type { StorageService } from '../../../src/storage/storage.service.js';
import { getStorageToken } from '../../../src/storage/storage.tokens.js';
import { stalled } from '../../support/bodies.js';

export interface UploadingConfig {
  readonly endpoint: string;
  readonly partSize: number;
  /** Bytes that come before the source says nothing more. */
  readonly bytes: number;
  /** The file that it says in how the upload ended. */
  readonly report: string;
}

/** How the upload ended, as its caller has heard it. */
export interface UploadingReport {
  readonly code: string;
  readonly reason: string | undefined;
}

/** An application that ends as Nest does at a signal, while somebody waits for an upload. */
const { endpoint, partSize, bytes, report } = JSON.parse(process.argv[2] ?? '{}') as UploadingConfig;
const backend = new S3Backend({
  endpoint,
  region: 'us-east-1',
  bucket: 'b',
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  forcePathStyle: true,
  profile: 'aws',
  partSize,
});
const module = StorageModule.forRoot({ name: 'files', backend, shutdownTimeoutMs: 200 });
const app = await NestFactory.createApplicationContext(module, { logger: false });
// A source that stalls keeps no process alive: a client's socket does, and here the channel to the parent.
process.on('message', () => undefined);
app.enableShutdownHooks();
app
  .get<StorageService>(getStorageToken('files'))
  .put('k', stalled(Buffer.alloc(bytes)))
  .catch((error: unknown) => {
    const { code, reason } = StorageError.is(error) ? error : { code: String(error), reason: undefined };
    // What is sent to a parent may not have left when the signal comes again.
    writeFileSync(report, JSON.stringify({ code, reason } satisfies UploadingReport));
  });
