import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const key = {
  type: 'string',
  description: 'Relative to what the caller may reach',
  example: '2026/11/0b5c.txt',
};
const size = { type: 'integer', minimum: 0, description: 'Bytes' };
const etag = { type: 'string', description: 'Without quotes' };

/** The schemas of what the server answers. */
export const SCHEMAS: Schemas = {
  UploadedFile: {
    type: 'object',
    required: ['key', 'size', 'contentType', 'etag', 'name', 'url'],
    properties: {
      key,
      size,
      contentType: { type: 'string', example: 'text/plain' },
      etag,
      checksum: {
        type: 'object',
        description: 'Of the content, base64 of its big-endian bytes',
        required: ['algorithm', 'value'],
        properties: {
          algorithm: { type: 'string', example: 'crc32' },
          value: { type: 'string', example: 'NhCmhg==' },
        },
      },
      name: { type: 'string', description: 'As its sender named it', example: 'hello.txt' },
      url: { type: 'string', description: 'Path where it is served' },
    },
  },
  ObjectList: {
    type: 'object',
    required: ['objects', 'prefixes'],
    properties: {
      objects: {
        type: 'array',
        items: {
          type: 'object',
          required: ['key', 'size', 'lastModified', 'etag'],
          properties: { key, size, lastModified: { type: 'string', format: 'date-time' }, etag },
        },
      },
      prefixes: {
        type: 'array',
        items: { type: 'string' },
        description: 'With a delimiter: each ends in it',
      },
      cursor: { type: 'string', description: 'For the next page. Absent on the last one' },
    },
  },
  Health: {
    type: 'object',
    required: ['status', 'storages'],
    properties: {
      status: { type: 'string', enum: ['up', 'down'] },
      storages: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          required: ['status', 'latencyMs'],
          properties: {
            status: { type: 'string', enum: ['up', 'down'] },
            latencyMs: { type: 'number', description: 'Milliseconds' },
            code: { type: 'string', description: 'Why it is down', example: 'TIMEOUT' },
          },
        },
      },
    },
  },
  Problem: {
    type: 'object',
    description: 'An error: RFC 9457',
    required: ['type', 'title', 'status', 'detail', 'code'],
    properties: {
      type: { type: 'string', example: 'about:blank' },
      title: { type: 'string', example: 'Not Found' },
      status: { type: 'integer', example: 404 },
      detail: { type: 'string', example: 'There is no such object' },
      code: { type: 'string', description: 'What to act upon', example: 'NOT_FOUND' },
    },
  },
};
