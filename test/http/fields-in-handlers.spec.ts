import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import multipart from '@fastify/multipart';
import {
  Body,
  Controller,
  Post,
  UseFilters,
  UseInterceptors,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageExceptionFilter, UploadInterceptor } from '../../src/http/index.js';
import { boot, form, keysOf, storages, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';

/** A class of its own for each application, because an interceptor is bound to the first that it meets. */
function createController(): Type {
  @Controller('own')
  @UseFilters(StorageExceptionFilter)
  class OwnController {
    @Post()
    @UseInterceptors(UploadInterceptor('file', { storage: 'documents' }))
    own(@Body() body: unknown): unknown {
      return body;
    }
  }
  return OwnController;
}

interface Fastify {
  register(plugin: unknown, options: object): unknown;
}

describeAdapters('The fields of text of a form, in the body of a handler', (adapter) => {
  let server: Harness;
  const start = async (prepare?: (app: INestApplication) => void): Promise<void> => {
    server = await boot([storages({ documents: new MemoryBackend() })], {
      controllers: [createController()],
      prepare,
    });
  };
  afterEach(() => server.close());
  const post = (...fields: readonly (readonly [string, string])[]): Promise<Response> => {
    const body = form(['file', 'x', 'a.txt']);
    for (const [name, value] of fields) body.append(name, value);
    return fetch(`${server.url}/own`, { method: 'POST', body });
  };

  describe('as they come', () => {
    beforeEach(() => start());

    it('are nested by their names', async () => {
      const response = await post(['a[b][0]', '1'], ['a[b][1]', '2'], ['toString', '3'], ['c[length]', '4']);
      expect(response.status).toBe(201);
      expect(await response.json()).toEqual({ a: { b: ['1', '2'] }, toString: '3', c: { length: '4' } });
    });

    it.each([
      '__proto__',
      '__proto__[x]',
      'constructor',
      'a[__proto__][x]',
      'a[constructor][prototype][x]',
      'prototype[x]',
    ])('change no prototype: %s is refused, and its file with it', async (name) => {
      const response = await post([name, 'polluted']);
      expect(response.status).toBe(400);
      expect(await keysOf(server.storage)).toEqual([]);
      expect(({} as { readonly x?: unknown }).x).toBeUndefined();
      expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    });
  });

  // The plugin is for Fastify alone.
  if (adapter === 'fastify')
    it('come beside @fastify/multipart, which would read forms, too', async () => {
      await start((app) => {
        const fastify = app.getHttpAdapter().getInstance() as Fastify;
        void fastify.register(multipart, { limits: { fileSize: 10 } });
      });
      const body = form(['file', 'longer than ten bytes', 'a.txt']);
      body.append('title', 'a');
      const response = await fetch(`${server.url}/own`, { method: 'POST', body });
      expect([response.status, await response.json()]).toEqual([201, { title: 'a' }]);
      const [key = ''] = await keysOf(server.storage);
      expect(await server.storage.text(key)).toBe('longer than ten bytes');
    });
});
