import 'reflect-metadata';
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectStorage, LocalBackend, StorageModule, StorageService } from 'nestjs-stowage';
import { StorageHttpModule } from 'nestjs-stowage/http';
import type { S3BackendOptions } from 'nestjs-stowage/s3';
import { fakeStorage } from 'nestjs-stowage/testing';
import type { TusOptions } from 'nestjs-stowage/tus';

// Their optional peers are not installed, and every declaration file is checked all the same.
export type Options = S3BackendOptions | TusOptions;

@Injectable()
class Documents {
  constructor(@InjectStorage('documents') readonly storage: StorageService) {}
}

@Module({})
class AppModule {
  static at(root: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        StorageModule.forRoot({ name: 'documents', global: true, backend: new LocalBackend({ root }) }),
        StorageHttpModule.forRoot({
          storages: { documents: { operations: ['upload', 'get', 'list', 'delete'] } },
          authorize: () => true,
        }),
      ],
      providers: [Documents],
    };
  }
}

async function main(): Promise<void> {
  const fake = fakeStorage();
  await fake.put('a.txt', 'a');
  await fake.expectStored('a.txt', { text: 'a' });

  const root = await mkdtemp(join(tmpdir(), 'consumer-nest11-'));
  const app = await NestFactory.create(AppModule.at(root), { logger: ['error', 'warn'] });
  try {
    await app.listen(0, '127.0.0.1');
    const api = `${await app.getUrl()}/api/documents`;
    const bytes = randomBytes(300_000);

    const form = new FormData();
    form.append('file', new Blob([bytes], { type: 'application/octet-stream' }), 'data.bin');
    const uploaded = await fetch(`${api}/upload`, { method: 'POST', body: form });
    strictEqual(uploaded.status, 201, await uploaded.clone().text());
    const { key, size } = (await uploaded.json()) as { key: string; size: number };
    strictEqual(size, bytes.length);

    const read = await fetch(`${api}/objects/${key}`);
    strictEqual(read.status, 200);
    ok(bytes.equals(Buffer.from(await read.arrayBuffer())), 'the bytes differ');

    deepStrictEqual(await app.get(Documents).storage.bytes(key), bytes);
  } finally {
    await app.close();
    await rm(root, { recursive: true, force: true });
  }
  console.log('OK');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
