import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** What the operations of signed URLs have in common with the others. */
export interface OperationParts {
  readonly storage: NonNullable<Operation['parameters']>[number];
  readonly key: NonNullable<Operation['parameters']>[number];
  readonly problems: (
    ...statuses: readonly ('400' | '404' | '409' | '412' | '413' | '415' | '507')[]
  ) => Operation['responses'];
  /** Those of the same method by a token. */
  readonly read: (method: 'get' | 'head') => Operation;
  readonly remove: Operation;
}

const QUERY = {
  in: 'query',
  name: 'signature',
  required: true,
  schema: { type: 'string' },
  description: 'With the other parameters, as they were given out',
} as const;

/** The paths of signed URLs: how they are asked for, and what they do. */
export function signedPaths({
  storage,
  key,
  problems,
  read,
  remove,
}: OperationParts): OpenAPIObject['paths'] {
  const byUrl = (operation: Operation, operationId: string, summary: string): Operation => ({
    ...operation,
    operationId,
    summary,
    tags: ['signed URLs'],
    security: [],
    parameters: [...(operation.parameters ?? []), QUERY],
  });
  const presign: Operation = {
    tags: ['signed URLs'],
    operationId: 'presign',
    summary: 'A URL that needs no token, for some time',
    parameters: [storage],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/PresignRequest' } } },
    },
    responses: {
      '200': {
        description: 'The request that anyone may make',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/SignedUrl' } } },
      },
      ...problems('400', '404', '413', '415'),
      '501': { description: 'The storage signs no such URLs' },
    },
  };
  const put: Operation = {
    parameters: [storage, key],
    requestBody: {
      required: true,
      content: { '*/*': { schema: { type: 'string', format: 'binary' } } },
    },
    responses: {
      '200': { description: 'It is stored', headers: { ETag: { schema: { type: 'string' } } } },
      ...problems('400', '404', '409', '412', '413', '415', '507'),
    },
  };
  return {
    '/api/{storage}/presign': { post: presign },
    '/api/{storage}/signed/{key}': {
      get: byUrl(read('get'), 'getSigned', 'Read an object by a signed URL'),
      head: byUrl(read('head'), 'headSigned', 'What is known of an object, by a signed URL'),
      put: byUrl(put, 'putSigned', 'Store an object by a signed URL'),
      delete: byUrl(remove, 'deleteSigned', 'Delete an object by a signed URL'),
    },
  };
}
