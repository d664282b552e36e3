import 'reflect-metadata';
import { ok, rejects, strictEqual } from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  InjectStorage,
  LocalBackend,
  MemoryBackend,
  readOnly,
  StorageError,
  StorageModule,
  StorageService,
  timeout,
} from 'nestjs-stowage';

@Injectable()
class Reports {
  constructor(
    readonly storage: StorageService,
    @InjectStorage('frozen') readonly frozen: StorageService,
  ) {}

  async read(key: string): Promise<string | undefined> {
    try {
      return await this.storage.text(key);
    } catch (error) {
      if (error instanceof StorageError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }
}

@Module({})
class AppModule {
  static at(root: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        StorageModule.forRoot({ backend: new LocalBackend({ root }), layers: [timeout(5_000)] }),
        StorageModule.forRootAsync({
          name: 'frozen',
          useFactory: () => ({ backend: new MemoryBackend(), layers: [readOnly()] }),
        }),
      ],
      providers: [Reports],
    };
  }
}

const root = await mkdtemp(join(tmpdir(), 'consumer-local-'));
const app = await NestFactory.createApplicationContext(AppModule.at(root), { logger: ['error', 'warn'] });
try {
  const reports = app.get(Reports);
  strictEqual(await reports.read('2026/may.txt'), undefined);
  await reports.storage.put('2026/may.txt', 'all is well');
  strictEqual(await reports.read('2026/may.txt'), 'all is well');
  ok(await reports.storage.exists('2026/may.txt'));

  const refused = reports.frozen.put('a', 'b');
  await rejects(refused, (error) => error instanceof StorageError && error.reason === 'read-only');
} finally {
  await app.close();
  await rm(root, { recursive: true, force: true });
}
console.log('OK');
