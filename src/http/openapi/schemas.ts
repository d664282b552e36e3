import { PARTS_SCHEMAS } from './parts-schemas.js';

const key = {
  type: 'string',
  description: 'Relative to what the caller may reach',
  example: '2026/11/0b5c.txt',
};
const size = { type: 'integer', minimum: 0, description: 'Bytes' };
const etag = { type: 'string', description: 'Without quotes' };

const checksum = {
  type: 'object',
  description: 'Of the content, base64 of its big-endian bytes',
  required: ['algorithm', 'value'],
  properties: {
    algorithm: { type: 'string', example: 'crc32' },
    value: { type: 'string', example: 'NhCmhg==' },
  },
};

const headers = {
  type: 'object',
  additionalProperties: { type: 'string' },
  description: 'To be sent exactly as they are',
};
const fields = {
  type: 'object',
  additionalProperties: { type: 'string' },
  description: 'Of a POST: the fields of the form before the field file',
};

/** The schemas of what is answered, and of what `presign` and `direct` are asked. */
export const SCHEMAS: Readonly<Record<string, object>> = {
  ...PARTS_SCHEMAS,
  StoredFile: {
    type: 'object',
    required: ['key', 'size', 'contentType', 'etag', 'name', 'url'],
    properties: {
      key,
      size,
      contentType: { type: 'string', example: 'text/plain' },
      etag,
      checksum,
      name: { type: 'string', description: 'As its sender named it', example: 'hello.txt' },
      url: { type: 'string', description: 'Path where it is served' },
    },
  },
  PresignRequest: {
    type: 'object',
    required: ['method'],
    additionalProperties: false,
    properties: {
      method: { type: 'string', enum: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] },
      key: { ...key, description: `${key.description}. An upload without one gets a new one` },
      expiresIn: {
        type: 'integer',
        minimum: 1,
        maximum: 604_800,
        description: 'Seconds: at most 3,600, or the default of the storage when that is more',
      },
      contentType: { type: 'string', description: 'That an upload has to have', example: 'text/plain' },
      size: { ...size, description: 'Bytes that an upload has to have' },
      checksum: { ...checksum, description: 'That an upload has to have: crc32 or sha256' },
      download: {
        oneOf: [
          { type: 'boolean', enum: [true] },
          { type: 'string', minLength: 1, maxLength: 255 },
        ],
        description: 'Of GET and HEAD: saved, not displayed, as the last part of the key or under that name',
      },
    },
  },
  SignedUrl: {
    type: 'object',
    required: ['url', 'method', 'headers', 'key', 'expiresAt'],
    properties: {
      url: { type: 'string', format: 'uri' },
      method: { type: 'string', enum: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] },
      headers,
      fields,
      key,
      expiresAt: { type: 'string', format: 'date-time' },
    },
  },
  DirectUploadRequest: {
    type: 'object',
    required: ['name', 'contentType', 'size'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', description: 'Of the file', example: 'hello.txt' },
      contentType: { type: 'string', example: 'text/plain' },
      size,
      checksum: { ...checksum, description: 'Of the file: crc32 or sha256' },
      form: { type: 'boolean', default: false, description: 'A form where the storage has them, else a PUT' },
    },
  },
  DirectUpload: {
    type: 'object',
    required: ['url', 'method', 'headers', 'ticket', 'expiresAt'],
    properties: {
      url: { type: 'string', format: 'uri' },
      method: { type: 'string', enum: ['PUT', 'POST'] },
      headers,
      fields,
      expiresAt: { type: 'string', format: 'date-time', description: 'Of the URL' },
      ticket: { type: 'string', description: 'For the confirmation, within a day' },
    },
  },
  ConfirmRequest: {
    type: 'object',
    additionalProperties: false,
    oneOf: [{ required: ['ticket'] }, { required: ['key'] }],
    properties: {
      ticket: { type: 'string' },
      key: { type: 'string', description: 'That a form of Companion had, of which its client has no ticket' },
      etag: { type: 'string', description: 'That the storage answered, when it shall be that content alone' },
    },
  },
  StoredObjectList: {
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
  StoragesHealth: {
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
  StorageProblem: {
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
