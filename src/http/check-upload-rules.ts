import { isTypePattern } from './allowed-types.js';
import { httpError } from './http-error.js';
import type { UploadRules } from './upload.options.js';

/** @param at Whose rules they are, for the message. @throws StorageError INVALID_ARGUMENT (reason `config`). */
export function checkUploadRules(at: string, rules: UploadRules): void {
  const { maxSize, maxFiles, types, key, group, form = {} } = rules;
  assertCount(at, 'maxSize', maxSize);
  assertCount(at, 'maxFiles', maxFiles);
  for (const [name, value] of Object.entries(form)) assertCount(at, `form.${name}`, value, 0);
  if (types !== undefined) {
    if (!Array.isArray(types) || types.length === 0)
      throw httpError(`types of ${at} is no list: pass media types, such as ['image/png', 'image/*']`);
    const wrong: unknown = types.find((type) => !isTypePattern(type));
    if (wrong !== undefined)
      throw httpError(`types of ${at} has ${JSON.stringify(wrong)}: pass "image/png" or "image/*"`);
  }
  if (key !== undefined && typeof key !== 'function')
    throw httpError(`key of ${at} is a ${typeof key}: pass a function that gives a key`);
  if (group !== undefined && typeof group !== 'function' && typeof group !== 'string')
    throw httpError(`group of ${at} is a ${typeof group}: pass a string or a function that gives one`);
}

function assertCount(at: string, name: string, value: unknown, least = 1): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) return;
  throw httpError(
    `${name} of ${at} is ${typeof value === 'number' ? value : typeof value}: pass a whole number, ${least} or more`,
  );
}
