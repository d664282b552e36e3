import type { AccessProblems } from './object-operations.js';
import type { OpenApiOperation } from './open-api-document.js';
import { header, parameter, storageParameter } from './parts.js';
import { problems } from './problems.js';

const TAGS = ['resumable uploads'];
const VERSION = { ...parameter('header', 'Tus-Resumable', 'The version of the protocol'), required: true };
const ID = parameter('path', 'id', 'The upload, as its Location has it');
const OFFSET = header('How many bytes have come');
const EXPIRES = header('When the upload is gone, unless it is complete by then');
const STORED = {
  'Stowage-Key': header('Of a complete upload: the key of its object, percent-encoded'),
  'Stowage-Location': header('Of a complete upload: where its object is read'),
};
const BYTES = {
  required: true,
  content: { 'application/offset+octet-stream': { schema: { type: 'string', format: 'binary' } } },
};
/** Of any request: the storage, another version of the protocol, another request that works at the upload. */
const ANY: AccessProblems = ['408', '412', '423', '507'];

/** The routes of tus 1.0, by path and method: https://tus.io/protocols/resumable-upload */
export function tusOperations(
  names: readonly string[],
  access: AccessProblems,
): readonly (readonly [path: string, method: string, operation: OpenApiOperation])[] {
  const storage = storageParameter(names);
  const common = { tags: TAGS, parameters: [storage, ID, VERSION] };
  const refused = (...more: AccessProblems): ReturnType<typeof problems> =>
    problems([...access, ...ANY, ...more]);
  const { '404': none = {} } = problems([]);
  const offset = {
    ...parameter('header', 'Upload-Offset', 'Where the bytes begin: else 409'),
    required: true,
  };
  const more: OpenApiOperation = {
    ...common,
    operationId: 'resumeUpload',
    summary: 'Bring more of an upload',
    parameters: [...common.parameters, offset],
    requestBody: BYTES,
    responses: {
      '204': {
        description: 'It is stored',
        headers: { 'Upload-Offset': OFFSET, 'Upload-Expires': EXPIRES, ...STORED },
      },
      ...refused('409', '410', '413', '415', '422'),
    },
  };
  return [
    [
      '/{storage}/tus',
      'options',
      {
        tags: TAGS,
        operationId: 'describeUploads',
        summary: 'What the server can do',
        parameters: [storage],
        security: [],
        responses: {
          '204': {
            description: 'It does this',
            headers: { 'Tus-Extension': header('Extensions'), 'Tus-Max-Size': header('Bytes, at most') },
          },
          '404': none,
        },
      },
    ],
    [
      '/{storage}/tus',
      'post',
      {
        tags: TAGS,
        operationId: 'beginUpload',
        summary: 'Begin an upload that can be resumed',
        parameters: [
          storage,
          VERSION,
          parameter('header', 'Upload-Length', 'Bytes of the whole'),
          parameter('header', 'Upload-Defer-Length', '1: the length is said later'),
          parameter('header', 'Upload-Metadata', '`filename` and `filetype`, each in base64'),
        ],
        requestBody: { ...BYTES, required: false },
        responses: {
          '201': {
            description: 'It has begun',
            headers: {
              Location: header('Where it goes on'),
              'Upload-Offset': OFFSET,
              'Upload-Expires': EXPIRES,
              ...STORED,
            },
          },
          ...refused('413', '415', '422'),
        },
      },
    ],
    [
      '/{storage}/tus/{id}',
      'head',
      {
        ...common,
        operationId: 'headUpload',
        summary: 'How much of an upload has come',
        responses: {
          '200': {
            description: 'It goes on there',
            headers: { 'Upload-Offset': OFFSET, 'Upload-Length': header('Bytes of the whole'), ...STORED },
          },
          ...refused('410', '422'),
        },
      },
    ],
    ['/{storage}/tus/{id}', 'patch', more],
    [
      '/{storage}/tus/{id}',
      'post',
      {
        ...more,
        operationId: 'overrideUpload',
        summary: 'Any of the other methods, for clients that have them not',
        parameters: [
          ...common.parameters,
          {
            ...parameter('header', 'X-HTTP-Method-Override', 'The method that is meant', {
              type: 'string',
              enum: ['HEAD', 'PATCH', 'DELETE'],
            }),
            required: true,
          },
        ],
        requestBody: { ...BYTES, required: false },
        responses: { '200': { description: 'That of HEAD' }, ...more.responses },
      },
    ],
    [
      '/{storage}/tus/{id}',
      'delete',
      {
        ...common,
        operationId: 'endUpload',
        summary: 'End an upload that is not complete',
        responses: { '204': { description: 'Nothing is left of it' }, ...refused() },
      },
    ],
  ];
}
