import { DEFAULT_MAX_FILES, DEFAULT_MAX_SIZE, type UploadRules } from '../upload/upload.options.js';
import type { OpenApiOperation } from './open-api-document.js';
import { BINARY, header, json, KEY, parameter, ref, storageParameter } from './parts.js';
import { problems, type ProblemStatus } from './problems.js';

/** What is known of who calls: `403` where somebody decides, `401` where the application has a security scheme. */
export type AccessProblems = readonly ProblemStatus[];

const TAGS = ['objects'];
const CONDITIONS = [
  parameter('header', 'If-Match', 'Only while the object has one of these ETags: else 412'),
  parameter('header', 'If-None-Match', 'Only while the object has none of these ETags'),
  parameter('header', 'If-Modified-Since', 'Only when it changed since'),
  parameter('header', 'If-Unmodified-Since', 'Only when it did not change since: else 412'),
];
const OBJECT_HEADERS = Object.fromEntries(
  [
    ...['ETag', 'Last-Modified', 'Content-Length', 'Content-Disposition', 'Accept-Ranges', 'Cache-Control'],
    'X-Content-Type-Options',
  ].map((name) => [name, header('RFC 9110')]),
);

/** `POST :storage/upload`. @param rules Those of each storage, by its name. */
export function uploadOperation(
  rules: Readonly<Record<string, UploadRules>>,
  access: AccessProblems,
): OpenApiOperation {
  const file = { type: 'string', format: 'binary' };
  const lines = Object.entries(rules).map(([name, rule]) => `- ${name}: ${describeRules(rule)}`);
  const maxItems = Math.max(...Object.values(rules).map(({ maxFiles }) => maxFiles ?? DEFAULT_MAX_FILES));
  return {
    tags: TAGS,
    operationId: 'uploadFiles',
    summary: 'Store files',
    description: `A file in \`file\`, or several in \`files\`. All are stored or none is.\n\n${lines.join('\n')}`,
    parameters: [storageParameter(Object.keys(rules))],
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: { type: 'object', properties: { file, files: { type: 'array', items: file, maxItems } } },
        },
      },
    },
    responses: {
      '201': {
        description: 'The file that is stored; of `files` an array',
        content: json({
          oneOf: [ref('StoredFile'), { type: 'array', items: ref('StoredFile') }],
        }),
      },
      ...problems([...access, '408', '409', '413', '415', '422', '507']),
    },
  };
}

function describeRules({
  maxSize = DEFAULT_MAX_SIZE,
  maxFiles = DEFAULT_MAX_FILES,
  types,
}: UploadRules): string {
  return `at most ${maxFiles} files of ${maxSize} bytes; ${types?.join(', ') ?? 'any type'}`;
}

const redirect = (names: readonly string[]): object => ({
  description: `The object is at the signed URL of Location: ${names.join(', ')}`,
  headers: { Location: header('RFC 9110, 10.2.2'), 'Cache-Control': header('RFC 9111, 5.2') },
});

/** `GET` and `HEAD :storage/objects/<key>`. @param redirects The storages that answer with a signed URL instead. */
export function readOperation(
  method: 'get' | 'head',
  names: readonly string[],
  access: AccessProblems,
  redirects: readonly string[] = [],
): OpenApiOperation {
  const isGet = method === 'get';
  const content = isGet && { content: BINARY };
  return {
    tags: TAGS,
    operationId: `${method}Object`,
    summary: isGet ? 'Read an object, or a part of it' : 'What is known of an object',
    parameters: [
      storageParameter(names),
      KEY,
      parameter('query', 'download', '1: to be saved, not displayed', { type: 'string', enum: ['1'] }),
      ...(isGet
        ? [
            parameter('header', 'Range', 'One range, such as bytes=0-99; several get the whole object'),
            parameter('header', 'If-Range', 'An ETag or a date: the range only while the object is that one'),
          ]
        : []),
      ...CONDITIONS,
    ],
    responses: {
      '200': { description: 'The object', headers: OBJECT_HEADERS, ...content },
      ...(isGet && {
        '206': {
          description: 'The range',
          headers: { ...OBJECT_HEADERS, 'Content-Range': header('RFC 9110, 14.4') },
          ...content,
        },
      }),
      ...(isGet && redirects.length > 0 && { '303': redirect(redirects) }),
      '304': { description: 'The object has not changed' },
      ...problems([...access, '412', ...(isGet ? (['416'] as const) : [])]),
    },
  };
}

/** `GET :storage/objects`. */
export const listOperation = (names: readonly string[], access: AccessProblems): OpenApiOperation => ({
  tags: TAGS,
  operationId: 'listObjects',
  summary: 'List objects, page by page',
  parameters: [
    storageParameter(names),
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
    '200': { description: 'A page', content: json(ref('StoredObjectList')) },
    ...problems(access),
  },
});

/** `DELETE :storage/objects/<key>`. */
export const deleteOperation = (names: readonly string[], access: AccessProblems): OpenApiOperation => ({
  tags: TAGS,
  operationId: 'deleteObject',
  summary: 'Delete an object; a missing one is no error',
  parameters: [
    storageParameter(names),
    KEY,
    ...CONDITIONS.filter(({ name }) => name !== 'If-Modified-Since'),
  ],
  responses: { '204': { description: 'It is gone' }, ...problems([...access, '409', '412']) },
});
