import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Validator } from '@seriousme/openapi-schema-validator';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { Presigning } from '../../src/core/presigning.js';
import { fakeBackend } from '../support/fake-backend.js';
import { StorageHttpModule, withStorageOpenApi, type StorageOpenApiOptions } from '../../src/http/index.js';
import type { StorageHttpExtras, StorageHttpOptions } from '../../src/http/index.js';
import { boot, storages, type Harness } from './harness.js';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { parameters?: { name: string; schema: object }[] }>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

@Controller('greetings')
class GreetingController {
  @Get()
  greet(): string {
    return 'hello';
  }
}

let server: Harness | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const all = ['upload', 'get', 'list', 'delete', 'presign', 'direct'] as const;

/** Of which nothing but its URLs is asked for. */
function signing(): StorageBackend {
  const presigning = new Presigning({ keyProblem: () => undefined, sign: () => Promise.reject(new Error()) });
  return fakeBackend({ capability: (type) => (presigning instanceof type ? presigning : undefined) });
}

async function serve(
  served: StorageHttpOptions['storages'],
  { globalPrefix, ...extras }: StorageHttpExtras & { readonly globalPrefix?: string } = {},
): Promise<INestApplication> {
  const backends = Object.fromEntries(Object.keys(served).map((name) => [name, signing()]));
  server = await boot(
    [
      storages(backends),
      StorageHttpModule.forRoot({
        ...{ storages: served, authorize: () => true },
        secret: 'a secret of the tests, long enough',
        ...extras,
      }),
    ],
    {
      controllers: [GreetingController],
      name: Object.keys(served)[0] ?? '',
      ...(globalPrefix !== undefined && { prefix: globalPrefix }),
    },
  );
  return server.app;
}

function documentOf(app: INestApplication, options?: StorageOpenApiOptions): Document {
  const config = new DocumentBuilder().setTitle('An application').addBearerAuth(undefined, 'bearer').build();
  const own: unknown = withStorageOpenApi(SwaggerModule.createDocument(app, config), app, options);
  return own as Document;
}

const operationsOf = ({ paths }: Document): string[] =>
  Object.entries(paths)
    .flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`))
    .sort();

const storagesOf = ({ paths }: Document, path: string, method: string): unknown =>
  paths[path]?.[method]?.parameters?.find(({ name }) => name === 'storage')?.schema;

describe('An OpenAPI document with the routes of storages', () => {
  it('is valid', async () => {
    const document = documentOf(await serve({ documents: { operations: all } }, { health: true }), {
      security: [{ bearer: [] }],
    });
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    expect(errors ?? []).toEqual([]);
    expect([valid, document.openapi]).toEqual([true, '3.0.0']);
    const text = JSON.stringify(document);
    const named = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name));
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining([...named]));
  });

  it('keeps what the application documents itself, and changes nothing of it', async () => {
    const app = await serve({ documents: { operations: ['list'] } });
    const own = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const before = JSON.stringify(own);
    const document = withStorageOpenApi(own, app);
    expect(Object.keys(own.paths)).toEqual(['/greetings']);
    expect(Object.keys(document.paths)).toEqual(['/greetings', '/api/{storage}/objects']);
    expect(JSON.stringify(own)).toBe(before);
  });

  it('has the operations that a storage enables, and no others', async () => {
    const app = await serve({
      documents: { operations: ['upload', 'get'], types: ['text/plain'], maxSize: 7 },
      images: { operations: ['get', 'list'] },
    });
    const document = documentOf(app);
    expect(operationsOf(document)).toEqual([
      'get /api/{storage}/objects',
      'get /api/{storage}/objects/{key}',
      'get /greetings',
      'head /api/{storage}/objects/{key}',
      'post /api/{storage}/upload',
    ]);
    expect(storagesOf(document, '/api/{storage}/upload', 'post')).toMatchObject({ enum: ['documents'] });
    expect(storagesOf(document, '/api/{storage}/objects', 'get')).toMatchObject({ enum: ['images'] });
    expect(storagesOf(document, '/api/{storage}/objects/{key}', 'get')).toMatchObject({
      enum: ['documents', 'images'],
    });
    expect(JSON.stringify(document)).toContain('- documents: at most 10 files of 7 bytes; text/plain');
  });

  it.each([
    ['v1', undefined, '/v1/api'],
    ['v1/api', undefined, '/v1/api'],
    ['', 'files/', '/files'],
    ['API', 'storage', '/API/storage'],
  ])('has the paths below the prefixes %j and %j', async (globalPrefix, prefix, base) => {
    const extras = { health: true, globalPrefix, ...(prefix !== undefined && { prefix }) };
    const app = await serve({ documents: { operations: ['list'] } }, extras);
    const storage = operationsOf(documentOf(app)).filter((one) => !one.includes('greetings'));
    expect(storage).toEqual([`get ${base}/v1/storage/health`, `get ${base}/{storage}/objects`]);
    expect((await fetch(`${server?.url}${base}/documents/objects`)).status).toBe(200);
    expect((await fetch(`${server?.url}${base}/v1/storage/health`)).status).toBe(200);
  });

  it('is no document of an application without these routes', async () => {
    const app = await boot([storages({ documents: new MemoryBackend() })]);
    expect(() => withStorageOpenApi({ paths: {} }, app.app)).toThrow('StorageHttpModule');
    await app.close();
  });
});
