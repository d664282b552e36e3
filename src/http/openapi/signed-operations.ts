import { deleteOperation, readOperation, type AccessProblems } from './object-operations.js';
import type { OpenApiOperation } from './open-api-document.js';
import { BINARY, json, KEY, parameter, ref, storageParameter } from './parts.js';
import { problems } from './problems.js';

const TAGS = ['signed URLs'];
const SIGNATURE = {
  ...parameter('query', 'signature', 'With the other parameters, as they were given out'),
  required: true,
};
/** A wrong signature, or one that has ended. */
const REFUSED: AccessProblems = ['403'];

/** `POST :storage/presign`. */
export const presignOperation = (names: readonly string[], access: AccessProblems): OpenApiOperation => ({
  tags: TAGS,
  operationId: 'presignObject',
  summary: 'A URL that needs nothing else, for some time',
  parameters: [storageParameter(names)],
  requestBody: { required: true, content: json(ref('PresignRequest')) },
  responses: {
    '200': { description: 'The request that anyone may make', content: json(ref('SignedUrl')) },
    ...problems([...access, '413', '415']),
  },
});

/** `GET`, `HEAD`, `PUT` and `DELETE :storage/signed/<key>`, by their methods. */
export function signedOperations(names: readonly string[]): Readonly<Record<string, OpenApiOperation>> {
  return {
    get: bySignature(readOperation('get', names, REFUSED), 'getSigned', 'Read an object by a signed URL'),
    head: bySignature(
      readOperation('head', names, REFUSED),
      'headSigned',
      'What is known of an object, by a signed URL',
    ),
    put: putOperation(names),
    delete: bySignature(deleteOperation(names, REFUSED), 'deleteSigned', 'Delete an object by a signed URL'),
  };
}

function bySignature(operation: OpenApiOperation, operationId: string, summary: string): OpenApiOperation {
  const parameters = operation.parameters.filter(({ name }) => name !== 'download');
  return {
    ...operation,
    operationId,
    summary,
    tags: TAGS,
    security: [],
    parameters: [...parameters, SIGNATURE],
  };
}

const putOperation = (names: readonly string[]): OpenApiOperation => ({
  tags: TAGS,
  operationId: 'putSigned',
  summary: 'Store an object by a signed URL',
  parameters: [
    storageParameter(names),
    KEY,
    parameter('header', 'If-Match', 'Only while the object has this ETag: else 412'),
    parameter('header', 'If-None-Match', '*: only while there is no object: else 409', {
      type: 'string',
      enum: ['*'],
    }),
    SIGNATURE,
  ],
  requestBody: { required: true, content: BINARY },
  responses: {
    '200': { description: 'It is stored', headers: { ETag: { schema: { type: 'string' } } } },
    ...problems([...REFUSED, '408', '409', '412', '413', '415', '422', '507']),
  },
  security: [],
});
