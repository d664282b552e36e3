import { afterEach, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { withStorageOpenApi } from '../../src/http/index.js';
import type { Harness } from '../http/harness.js';
import { serveTus } from './support/serve-tus.js';
import { create, metadataOf, patch, tusRequest, type TusAnswer } from './support/tus-request.js';

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
});
