import { DEFAULT_MAX_SIZE, type UploadRules } from '../upload/upload.options.js';
import type { AccessProblems } from './object-operations.js';
import type { OpenApiOperation } from './open-api-document.js';
import { json, ref, storageParameter } from './parts.js';
import { problems } from './problems.js';

const TAGS = ['direct uploads'];

/** `POST :storage/direct`. @param rules Those of each storage, by its name. */
export function beginOperation(
  rules: Readonly<Record<string, UploadRules>>,
  access: AccessProblems,
): OpenApiOperation {
  const lines = Object.entries(rules).map(
    ([name, { maxSize = DEFAULT_MAX_SIZE, types }]) =>
      `- ${name}: at most ${maxSize} bytes; ${types?.join(', ') ?? 'any type'}`,
  );
  return {
    tags: TAGS,
    operationId: 'beginDirectUpload',
    summary: 'Where to send a file past this server',
    description: `Send it as the answer says, then confirm.\n\n${lines.join('\n')}`,
    parameters: [storageParameter(Object.keys(rules))],
    requestBody: { required: true, content: json(ref('DirectUploadRequest')) },
    responses: {
      '200': { description: 'The request that sends it, and its ticket', content: json(ref('DirectUpload')) },
      ...problems([...access, '413', '415']),
    },
  };
}

/** `POST :storage/direct/confirm`. */
export const confirmOperation = (names: readonly string[], access: AccessProblems): OpenApiOperation => ({
  tags: TAGS,
  operationId: 'confirmDirectUpload',
  summary: 'Make an object of what was sent past this server',
  description:
    'What is refused is deleted. After 503, 504, and 409 with the code CONFLICT, it can be confirmed again.',
  parameters: [storageParameter(names)],
  requestBody: { required: true, content: json(ref('ConfirmRequest')) },
  responses: {
    '201': { description: 'The file that is stored', content: json(ref('StoredFile')) },
    ...problems([...access, '409', '413', '415', '422', '507']),
  },
});
