import type { AccessProblems } from './object-operations.js';
import type { OpenApiOperation } from './open-api-document.js';
import { BINARY, header, json, parameter, ref, storageParameter } from './parts.js';
import { problems, type ProblemStatus } from './problems.js';

const TAGS = ['direct uploads'];
const GRANT = { ...parameter('query', 'grant', 'As it was given out'), required: true };
const UPLOAD = parameter('path', 'uploadId', 'As multipart gave it, percent-encoded');
const TICKET = { ...parameter('query', 'key', 'As multipart gave it'), required: true };
const FORM = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      required: ['file'],
      properties: { file: { type: 'string', format: 'binary' } },
    },
  },
};
const XML = { 'application/xml': { schema: { type: 'string' } } };

type Operations = Readonly<Record<string, OpenApiOperation>>;

/** `POST :storage/direct/sign`. */
export const signOperation = (names: readonly string[], access: AccessProblems): OpenApiOperation => ({
  tags: TAGS,
  operationId: 'signUploadRequest',
  summary: 'One request of an upload, as `signRequest` of `@uppy/aws-s3` wants it',
  parameters: [storageParameter(names)],
  requestBody: { required: true, content: json(ref('SignRequest')) },
  responses: {
    '200': { description: 'The request that the client may make', content: json(ref('SignedRequest')) },
    ...problems([...access, '413', '415']),
  },
});

/** `:storage/direct/granted`, by its methods. */
export function grantedOperations(names: readonly string[]): Operations {
  const operation = (
    operationId: string,
    summary: string,
    responses: OpenApiOperation['responses'],
    more: readonly ProblemStatus[] = [],
  ): OpenApiOperation => ({
    ...{ tags: TAGS, operationId, summary, responses: { ...responses, ...xmlProblems(['403', ...more]) } },
    ...{ parameters: [storageParameter(names), GRANT], security: [] },
  });
  return {
    post: {
      ...operation(
        'postGranted',
        'Say which upload was begun, complete it, or store the file of a form',
        {
          '200': { description: 'As S3 answers it', content: XML },
          '204': { description: 'The file is stored', headers: { ETag: header('Of the content') } },
        },
        ['409', '413', '415', '422', '507'],
      ),
      requestBody: { required: false, content: { ...XML, ...FORM } },
    },
    put: {
      ...operation(
        'putGranted',
        'Store a part',
        { '200': { description: 'It is stored', headers: { ETag: header('Of the part') } } },
        ['413', '415', '507'],
      ),
      requestBody: { required: true, content: BINARY },
    },
    // Nothing of these two can be wrong but the grant.
    get: withoutBadRequest(
      operation('listGranted', 'The parts of an upload', {
        '200': { description: 'As S3 answers it', content: XML },
      }),
    ),
    delete: withoutBadRequest(
      operation('deleteGranted', 'Abort an upload', { '204': { description: 'It is gone' } }),
    ),
  };
}

function withoutBadRequest({ responses, ...operation }: OpenApiOperation): OpenApiOperation {
  const rest = Object.entries(responses).filter(([status]) => status !== '400');
  return { ...operation, responses: Object.fromEntries(rest) };
}

function xmlProblems(more: readonly ProblemStatus[]): OpenApiOperation['responses'] {
  return Object.fromEntries(
    Object.entries(problems(more)).map(([status, problem]) => [status, { ...problem, content: XML }]),
  );
}

/** The routes of Companion below `:storage/direct/s3`, by their paths and methods. */
export function companionOperations(
  names: readonly string[],
  access: AccessProblems,
): readonly (readonly [path: string, method: string, operation: OpenApiOperation])[] {
  const storage = storageParameter(names);
  const described = (
    operationId: string,
    summary: string,
    parameters: OpenApiOperation['parameters'],
    answer: object,
    more: readonly ProblemStatus[] = [],
  ): OpenApiOperation => ({
    ...{ tags: TAGS, operationId, summary, parameters: [storage, ...parameters] },
    responses: {
      '200': { description: 'As Companion answers it', content: json(answer) },
      ...problems([...access, ...more]),
    },
  });
  const ofUpload = [UPLOAD, TICKET];
  const number = parameter('path', 'partNumber', 'From 1', { type: 'integer', minimum: 1 });
  const upload = '/multipart/{uploadId}';
  return [
    [
      '/params',
      'get',
      described(
        'signCompanionForm',
        'A form for a whole file, which is to be confirmed by its key',
        [
          { ...parameter('query', 'filename', 'The name of the file'), required: true },
          parameter('query', 'type', 'Its media type. Default: that of its name'),
        ],
        ref('CompanionForm'),
        ['415'],
      ),
    ],
    [
      '/multipart',
      'post',
      {
        ...described('beginCompanion', 'Begin an upload in parts', [], ref('CompanionUpload'), [
          '413',
          '415',
        ]),
        requestBody: { required: true, content: json(ref('CompanionFile')) },
      },
    ],
    [
      upload,
      'get',
      described('listCompanion', 'The parts of an upload', ofUpload, {
        type: 'array',
        items: ref('CompanionPart'),
      }),
    ],
    [upload, 'delete', described('abortCompanion', 'Abort an upload', ofUpload, { type: 'object' })],
    [
      `${upload}/{partNumber}`,
      'get',
      described('signCompanion', 'Where to send a part', [UPLOAD, number, TICKET], ref('SignedRequest')),
    ],
    [
      `${upload}/complete`,
      'post',
      {
        ...described('completeCompanion', 'Complete an upload', ofUpload, ref('CompanionObject'), [
          ...(['409', '413', '415', '422', '507'] as const),
        ]),
        requestBody: { required: true, content: json(ref('CompanionParts')) },
      },
    ],
  ];
}
