import type { OpenAPIObject } from '@nestjs/swagger';
import { SCHEMAS } from './openapi-schemas.js';
import { signedPaths } from './openapi-signed.js';
import { served, STORAGE_NAMES } from './served.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Responses = Operation['responses'];
type Parameter = NonNullable<Operation['parameters']>[number];

const ref = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: object): object => ({ 'application/json': { schema } });
const header = (description: string): object => ({ description, schema: { type: 'string' } });

const PROBLEMS = {
  '400': 'The request is not valid',
  '401': 'There is no token, or a wrong one',
  '403': 'The caller may not do this',
  '404': 'There is no such object or storage',
  '409': 'The key is taken, or another request changed the object at the same time',
  '412': 'A condition of the request fails',
  '413': 'A file is too large',
  '415': 'A file has a type that the storage does not take',
  '416': 'No byte of the object is in the range',
  '500': 'Something went wrong',
  '502': 'What is behind the server refused it',
  '503': 'The storage is not available; Retry-After says when to try again',
  '504': 'The storage did not answer in time',
  '507': 'The storage is full',
} as const;

function problems(...statuses: readonly (keyof typeof PROBLEMS)[]): Responses {
  const all = [...statuses, '401', '403', '500', '502', '503', '504'] as const;
  return Object.fromEntries(
    all.map((status) => [
      status,
      {
        description: PROBLEMS[status],
        content: { 'application/problem+json': { schema: ref('Problem') } },
        ...(status === '401' && { headers: { 'WWW-Authenticate': header('RFC 6750, 3') } }),
        ...(status === '416' && { headers: { 'Content-Range': header('bytes */<size>') } }),
        ...(status === '503' && { headers: { 'Retry-After': header('Seconds') } }),
      },
    ]),
  );
}

const parameter = (
  where: string,
  name: string,
  description: string,
  schema: object = { type: 'string' },
): Parameter => ({ in: where, name, description, schema, required: where === 'path' }) as Parameter;

const STORAGE = parameter('path', 'storage', 'The storage', { type: 'string', enum: [...STORAGE_NAMES] });
const KEY = parameter('path', 'key', 'The key, percent-encoded; its "/" may stay as they are');
const CONDITIONS = [
  parameter('header', 'If-Match', 'Only while the object has one of these ETags: else 412'),
  parameter('header', 'If-None-Match', 'Only while the object has none of these ETags'),
  parameter('header', 'If-Modified-Since', 'Only when it changed since'),
  parameter('header', 'If-Unmodified-Since', 'Only when it did not change since: else 412'),
];
const OBJECT_HEADERS = Object.fromEntries(
  ['ETag', 'Last-Modified', 'Content-Length', 'Content-Disposition', 'Accept-Ranges', 'Cache-Control'].map(
    (name) => [name, header('RFC 9110')],
  ),
);
const binary = { '*/*': { schema: { type: 'string', format: 'binary' } } };

function upload(): Operation {
  const file = { type: 'string', format: 'binary' };
  const rules = Object.entries(served()).map(
    ([name, { maxSize = 0, types = [] }]) => `- ${name}: at most ${maxSize} bytes; ${types.join(', ')}`,
  );
  return {
    tags: ['objects'],
    operationId: 'upload',
    summary: 'Store files',
    description: `A file in \`file\`, or up to 10 in \`files\`. All are stored or none is.\n\n${rules.join('\n')}`,
    parameters: [STORAGE],
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            properties: { file, files: { type: 'array', items: file, maxItems: 10 } },
          },
        },
      },
    },
    responses: {
      '201': {
        description: 'The file that is stored; of `files` an array',
        content: json({
          oneOf: [ref('UploadedFile'), { type: 'array', items: ref('UploadedFile') }],
        }) as never,
      },
      ...problems('400', '404', '409', '413', '415', '507'),
    },
  };
}

function read(method: 'get' | 'head'): Operation {
  const content = method === 'get' ? { content: binary as never } : {};
  return {
    tags: ['objects'],
    operationId: method === 'get' ? 'getObject' : 'headObject',
    summary: method === 'get' ? 'Read an object, or a part of it' : 'What is known of an object',
    parameters: [
      STORAGE,
      KEY,
      parameter('query', 'download', '1: to be saved, not displayed', { type: 'string', enum: ['1'] }),
      ...(method === 'get'
        ? [
            parameter('header', 'Range', 'One range, such as bytes=0-99; several get the whole object'),
            parameter('header', 'If-Range', 'An ETag or a date: the range only while the object is that one'),
          ]
        : []),
      ...CONDITIONS,
    ],
    responses: {
      '200': { description: 'The object', headers: OBJECT_HEADERS, ...content },
      ...(method === 'get' && {
        '206': {
          description: 'The range',
          headers: { ...OBJECT_HEADERS, 'Content-Range': header('RFC 9110, 14.4') },
          ...content,
        },
      }),
      '304': { description: 'The object has not changed' },
      ...problems('400', '404', '412', ...(method === 'get' ? (['416'] as const) : [])),
    },
  };
}

const list: Operation = {
  tags: ['objects'],
  operationId: 'listObjects',
  summary: 'List objects, page by page',
  parameters: [
    STORAGE,
    parameter('query', 'prefix', 'What the keys begin with'),
    parameter('query', 'delimiter', 'Groups what lies deeper into prefixes', { type: 'string', enum: ['/'] }),
    parameter('query', 'cursor', 'What the page before gave'),
    parameter('query', 'limit', 'Objects and prefixes of a page', {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 1000,
    }),
  ],
  responses: {
    '200': { description: 'A page', content: json(ref('ObjectList')) as never },
    ...problems('400', '404'),
  },
};

const remove: Operation = {
  tags: ['objects'],
  operationId: 'deleteObject',
  summary: 'Delete an object; a missing one is no error',
  parameters: [
    STORAGE,
    KEY,
    ...CONDITIONS.filter((one) => !('name' in one && one.name === 'If-Modified-Since')),
  ],
  responses: { '204': { description: 'It is gone' }, ...problems('400', '404', '409', '412') },
};

const health: Operation = {
  tags: ['health'],
  operationId: 'health',
  summary: 'Whether the storages answer',
  security: [],
  responses: {
    '200': { description: 'All do', content: json(ref('Health')) as never },
    '503': { description: 'One does not', content: json(ref('Health')) as never },
  },
};

/** The OpenAPI document of the server. @param isDemo Whether it takes requests without a token. */
export function openApi(isDemo: boolean): OpenAPIObject {
  return {
    openapi: '3.0.3',
    info: {
      title: 'nestjs-stowage reference server',
      description: 'Files over HTTP. Each user has storages of their own.',
      version: '1',
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'objects' }, { name: 'signed URLs' }, { name: 'health' }],
    security: [{ bearer: [] }, ...(isDemo ? [{}] : [])],
    paths: {
      '/api/{storage}/upload': { post: upload() },
      '/api/{storage}/objects': { get: list },
      '/api/{storage}/objects/{key}': { get: read('get'), head: read('head'), delete: remove },
      ...signedPaths({ storage: STORAGE, key: KEY, problems, read, remove }),
      '/api/v1/storage/health': { get: health },
    },
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of API_TOKENS' },
      },
    },
  };
}
