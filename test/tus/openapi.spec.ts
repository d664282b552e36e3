import { afterEach, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { UnauthorizedException } from '@nestjs/common';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageError, type StorageErrorCode } from '../../src/core/error.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { withStorageOpenApi } from '../../src/http/index.js';
import type { Harness } from '../http/harness.js';
import { serveTus } from './support/serve-tus.js';
import { create, metadataOf, patch, tusRequest, type TusAnswer } from './support/tus-request.js';

const FAULTS: readonly (readonly [StorageErrorCode, string?])[] = [
  ['TIMEOUT', 'stalled'],
  ['CONFLICT'],
  ['PRECONDITION_FAILED'],
  ['INTEGRITY'],
  ['UNSUPPORTED'],
  ['BUCKET_NOT_FOUND'],
  ['UNAVAILABLE'],
  ['TIMEOUT'],
  ['NO_SPACE'],
];
type Paths = Record<string, Record<string, { responses: Record<string, { headers?: object }> }>>;

let harness: Harness | undefined;
afterEach(() => harness?.close());

const documentOf = ({ app }: Harness): { readonly paths: Paths } => {
  const config = new DocumentBuilder().setTitle('An application').addBearerAuth(undefined, 'bearer').build();
  const own: unknown = withStorageOpenApi(SwaggerModule.createDocument(app, config), app, {
    security: [{ bearer: [] }],
  });
  return own as { readonly paths: Paths };
};

describe('An OpenAPI document with resumable uploads', () => {
  it('is valid, and has them where a storage enables them', async () => {
    harness = await serveTus({ rules: { operations: ['tus'] } });
    const document = documentOf(harness);
    const { errors } = await new Validator().validate(structuredClone(document));
    expect(errors ?? []).toEqual([]);
    expect(Object.entries(document.paths).map(([path, item]) => [path, Object.keys(item)])).toEqual([
      ['/api/{storage}/tus', ['options', 'post']],
      ['/api/{storage}/tus/{id}', ['head', 'patch', 'post', 'delete']],
    ]);
    await harness.close();
    harness = await serveTus({ rules: { operations: ['get'] } });
    expect(Object.keys(documentOf(harness).paths)).toEqual(['/api/{storage}/objects/{key}']);
  });

  it('describes what is answered', async () => {
    harness = await serveTus({ rules: { types: ['text/plain'], maxSize: 100 } });
    const { paths } = documentOf(harness);
    const endpoint = `${harness.url}/api/documents/tus`;
    const hold = (path: string, method: string, answer: TusAnswer, status: number): void => {
      expect(answer.status).toBe(status);
      const described = paths[path]?.[method]?.responses[String(status)];
      expect(described).toBeDefined();
      for (const name of Object.keys(answer.headers).filter((one) => one.startsWith('stowage-')))
        expect(Object.keys(described?.headers ?? {}).map((one) => one.toLowerCase())).toContain(name);
    };
    const [all, one] = ['/api/{storage}/tus', '/api/{storage}/tus/{id}'];
    const sized = (length: number): { headers: Record<string, string> } => ({
      headers: { 'Upload-Length': String(length) },
    });
    hold(all, 'options', await tusRequest('OPTIONS', endpoint), 204);
    hold(all, 'post', await tusRequest('POST', endpoint, sized(5)), 201);
    hold(all, 'post', await tusRequest('POST', endpoint, sized(101)), 413);
    hold(all, 'post', await tusRequest('POST', endpoint), 400);
    const wrong = { ...sized(5).headers, 'Upload-Metadata': metadataOf({ filetype: 'image/png' }) };
    hold(all, 'post', await tusRequest('POST', endpoint, { headers: wrong }), 415);
    const url = await create(endpoint, 5);
    hold(one, 'head', await tusRequest('HEAD', url), 200);
    hold(one, 'patch', await patch(url, 1, Buffer.from('x')), 409);
    hold(one, 'patch', await patch(url, 0, Buffer.from('123456')), 413);
    hold(one, 'patch', await patch(url, 0, Buffer.from('hello')), 204);
    hold(one, 'head', await tusRequest('HEAD', url), 200);
    hold(one, 'delete', await tusRequest('DELETE', url), 400);
    const other = await create(endpoint, 5);
    hold(one, 'delete', await tusRequest('DELETE', other), 204);
    hold(one, 'head', await tusRequest('HEAD', other), 404);
  });

  it('describes each answer, and nothing that is none', async () => {
    let fault: (() => Error) | undefined;
    let isLocked = false;
    const broken: Layer = (operation, next) =>
      fault && operation.key.endsWith('/record') ? Promise.reject(fault()) : next(operation);
    const locker = {
      newLock: () => ({
        lock: () =>
          isLocked ? Promise.reject(new StorageError('CONFLICT', 'Somebody has it')) : Promise.resolve(),
        unlock: () => Promise.resolve(),
      }),
    };
    let decision: boolean | Error = true;
    let refuses = false;
    const onStored = (): void => {
      if (refuses) throw new StorageError('CONTENT_REFUSED', 'No');
    };
    let verdict: 'clean' | undefined | { infected: string } = 'clean';
    const scanner = {
      async scan(content: AsyncIterable<unknown>) {
        for await (const chunk of content) void chunk;
        if (verdict === undefined) throw new Error('down');
        return verdict;
      },
    };
    harness = await serveTus({
      backend: withLayers(new MemoryBackend(), 'documents', [broken]),
      rules: { operations: ['tus'], types: ['text/plain'], maxSize: 100, onStored, scanner },
      tus: { locker, expiresAfterMs: 3_600_000 },
      http: {
        authorize: () => {
          if (decision instanceof Error) throw decision;
          return decision;
        },
      },
    });
    const { paths } = documentOf(harness);
    const { storage, url: base } = harness;
    const endpoint = `${base}/api/documents/tus`;
    const seen = new Set<string>();
    const see = (path: string, method: string, { status }: TusAnswer): void => {
      seen.add(`${method} ${path} ${status}`);
    };
    const [all, one] = ['/api/{storage}/tus', '/api/{storage}/tus/{id}'];
    const length = { 'Upload-Length': '5' };
    const at = {
      'Upload-Offset': '0',
      'Content-Type': 'application/offset+octet-stream',
    };
    const body = Buffer.from('hello');
    /** A request of each kind that is allowed, with what is to be wrong with it. */
    const requests: readonly (readonly [
      string,
      string,
      (headers?: Record<string, string>) => Promise<TusAnswer>,
    ])[] = [
      ['post', all, (headers) => tusRequest('POST', endpoint, { headers: { ...length, ...headers } })],
      ['head', one, async (headers) => tusRequest('HEAD', await upload(), { headers })],
      [
        'patch',
        one,
        async (headers) => tusRequest('PATCH', await upload(), { headers: { ...at, ...headers }, body }),
      ],
      [
        'post',
        one,
        async (headers) =>
          tusRequest('POST', await upload(), {
            headers: { 'X-HTTP-Method-Override': 'PATCH', ...at, ...headers },
            body,
          }),
      ],
      ['delete', one, async (headers) => tusRequest('DELETE', await upload(), { headers })],
    ];
    let age = 0;
    let id: string | undefined;
    const upload = async (): Promise<string> => {
      if (id !== undefined) return `${endpoint}/${id}`;
      const [before, was, locked] = [fault, decision, isLocked];
      [fault, decision, isLocked] = [undefined, true, false];
      const url = await create(endpoint, 5);
      if (age > 0) {
        const key = `pending/tus/${url.slice(-32)}/record`;
        const record = await storage.json<{ createdMs: number }>(key);
        await storage.put(key, JSON.stringify({ ...record, createdMs: record.createdMs - age }));
      }
      [fault, decision, isLocked] = [before, was, locked];
      return url;
    };
    const each = async (headers?: Record<string, string>): Promise<void> => {
      for (const [method, path, send] of requests) see(path, method, await send(headers));
    };
    await each();
    for (const [code, reason] of FAULTS) {
      fault = () => new StorageError(code, 'A fault of the test', { reason });
      await each();
      fault = undefined;
    }
    decision = false;
    await each();
    decision = new UnauthorizedException();
    await each();
    decision = true;
    isLocked = true;
    await each();
    isLocked = false;
    await each({ 'Tus-Resumable': '0.2.2' });
    await each({ 'Upload-Offset': '7', 'Upload-Length': '101' });
    await each({ 'Upload-Offset': '7' });
    await each({ 'Upload-Offset': 'x', 'Upload-Length': '-1', 'X-HTTP-Method-Override': 'GET' });
    await each({ 'Upload-Metadata': metadataOf({ filetype: 'image/png' }) });
    await each({ 'Content-Type': 'text/plain' });
    age = 3_700_000;
    await each();
    age = 0;
    id = '0'.repeat(32);
    await each();
    id = undefined;
    refuses = true;
    await each();
    await each({ 'Upload-Length': '0' });
    refuses = false;
    for (const content of [Buffer.from('more than five'), Buffer.from('%PDF-')])
      for (const method of ['PATCH', 'POST']) {
        const headers = { ...at, ...(method === 'POST' && { 'X-HTTP-Method-Override': 'PATCH' }) };
        see(one, method.toLowerCase(), await tusRequest(method, await upload(), { headers, body: content }));
      }
    // Its last request comes to no end: whoever looks ends it.
    verdict = undefined;
    const whole = await create(endpoint, 'deferred');
    await patch(whole, 0, body);
    await patch(whole, 5, Buffer.alloc(0), { headers: length });
    verdict = { infected: 'Test' };
    see(one, 'head', await tusRequest('HEAD', whole));
    verdict = 'clean';
    see(one, 'delete', await tusRequest('DELETE', await done()));
    see(
      one,
      'post',
      await tusRequest('POST', await upload(), { headers: { 'X-HTTP-Method-Override': 'HEAD' } }),
    );
    see(all, 'options', await tusRequest('OPTIONS', endpoint));
    see(all, 'options', await tusRequest('OPTIONS', `${base}/api/none/tus`));
    see(all, 'post', await tusRequest('POST', `${base}/api/none/tus`));
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method} ${path} ${status}`),
      ),
    );
    expect([...seen].sort()).toEqual(described.sort());
    async function done(): Promise<string> {
      const url = await upload();
      await patch(url, 0, body);
      return url;
    }
  });
});
