import { afterEach, expect, it } from '@jest/globals';
import multipart from '@fastify/multipart';
import type { INestApplication } from '@nestjs/common';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { boot, form, keysOf, storages, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';

describeAdapters('Forms, and on Fastify beside @fastify/multipart', (adapter) => {
  let server: Harness;
  afterEach(() => server.close());

  const register = (app: INestApplication): void => {
    if (adapter !== 'fastify') return;
    const fastify = app.getHttpAdapter().getInstance() as {
      register(plugin: unknown, options: object): unknown;
    };
    void fastify.register(multipart, { attachFieldsToBody: true, limits: { fileSize: 10 } });
  };

  it('are stored by the route that is served, beyond the limits of the plugin', async () => {
    server = await boot(
      [
        storages({ documents: new MemoryBackend() }),
        StorageHttpModule.forRoot({
          storages: { documents: { operations: ['upload'] } },
          authorize: () => true,
        }),
      ],
      { prepare: register },
    );
    const body = form(['file', 'longer than ten bytes', 'a.txt']);
    expect((await fetch(`${server.url}/api/documents/upload`, { method: 'POST', body })).status).toBe(201);
    const [key = ''] = await keysOf(server.storage);
    expect(await server.storage.text(key)).toBe('longer than ten bytes');
  });
});
