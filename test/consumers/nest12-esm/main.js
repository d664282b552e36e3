import 'reflect-metadata';
import { ok, strictEqual } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LocalBackend, StorageModule } from 'nestjs-stowage';
import { StorageHttpModule } from 'nestjs-stowage/http';

class AppModule {
  static at(root) {
    return {
      module: AppModule,
      imports: [
        StorageModule.forRoot({ name: 'documents', global: true, backend: new LocalBackend({ root }) }),
        StorageHttpModule.forRoot({
          storages: { documents: { operations: ['upload', 'get', 'list', 'delete'] } },
          authorize: () => true,
        }),
      ],
    };
  }
}
Module({})(AppModule);

const root = await mkdtemp(join(tmpdir(), 'consumer-nest12-'));
const app = await NestFactory.create(AppModule.at(root), { logger: ['error', 'warn'] });
try {
  await app.listen(0, '127.0.0.1');
  const api = `${await app.getUrl()}/api/documents`;
  const bytes = randomBytes(300_000);

  const form = new FormData();
  form.append('file', new Blob([bytes], { type: 'application/octet-stream' }), 'data.bin');
  const uploaded = await fetch(`${api}/upload`, { method: 'POST', body: form });
  strictEqual(uploaded.status, 201, await uploaded.clone().text());
  const { key, size } = await uploaded.json();
  strictEqual(size, bytes.length);
  ok((await readdir(root)).length > 0, 'nothing is on disk');

  const read = await fetch(`${api}/objects/${key}`);
  strictEqual(read.status, 200);
  ok(bytes.equals(Buffer.from(await read.arrayBuffer())), 'the bytes differ');
} finally {
  await app.close();
  await rm(root, { recursive: true, force: true });
}
console.log('OK');
