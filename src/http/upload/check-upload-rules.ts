import { assertKnown, isObject, kindOf, show } from '../../core/check-shape.js';
import { MAX_TIMER_MS } from '../../core/max-timer.js';
import { isTypePattern } from './allowed-types.js';
import { httpError } from '../errors/http-error.js';
import { isClassWith, isScanner } from './resolve-rules.js';
import type { FormLimits, UploadOptions, UploadRules } from './upload.options.js';

/** The names of all rules. */
export const UPLOAD_RULES: readonly (keyof UploadRules)[] = [
  'maxSize',
  'maxFiles',
  'types',
  'sniff',
  'key',
  'group',
  'form',
  'scanner',
  'scanTimeoutMs',
  'onStored',
  'keepOnError',
];
const OPTIONS: readonly (keyof UploadOptions)[] = [
  ...UPLOAD_RULES,
  'storage',
  'scope',
  'required',
  'removeOnError',
];
const LIMITS: readonly (keyof FormLimits)[] = ['fields', 'fieldSize', 'fieldNameSize', 'fieldNesting'];

/**
 * @param at Whose rules they are, for the message.
 * @param known What may stand among them.
 * @throws StorageError INVALID_ARGUMENT (reason `config`).
 */
export function checkUploadRules(
  at: string,
  rules: UploadRules,
  known: readonly string[] = UPLOAD_RULES,
): void {
  if (!isObject(rules)) throw httpError(`the options of ${at} are ${kindOf(rules)}: pass { maxSize: … }`);
  assertKnown(at, rules, known, httpError);
  const { maxSize, maxFiles, types, sniff, key, group, form } = rules;
  assertCount(at, 'maxSize', maxSize);
  assertCount(at, 'maxFiles', maxFiles);
  checkForm(at, form);
  if (types !== undefined) {
    if (!Array.isArray(types) || types.length === 0)
      throw httpError(`types of ${at} is no list: pass media types, such as ['image/png', 'image/*']`);
    const wrong: unknown = types.find((type) => !isTypePattern(type));
    if (wrong !== undefined)
      throw httpError(`types of ${at} has ${JSON.stringify(wrong)}: pass "image/png" or "image/*"`);
  }
  if (sniff !== undefined && typeof sniff !== 'boolean')
    throw httpError(`sniff of ${at} is ${kindOf(sniff)}: pass true or false`);
  if (key !== undefined && typeof key !== 'function')
    throw httpError(`key of ${at} is ${kindOf(key)}: pass a function that gives a key`);
  checkHooks(at, rules);
  if (group !== undefined && typeof group !== 'function' && typeof group !== 'string')
    throw httpError(`group of ${at} is ${kindOf(group)}: pass a string or a function that gives one`);
}

/** The options of the interceptor `at`. @throws StorageError INVALID_ARGUMENT (reason `config`). */
export function checkUploadOptions(at: string, options: UploadOptions): void {
  checkUploadRules(at, options, OPTIONS);
  const { storage, scope } = options;
  if (storage !== undefined && typeof storage !== 'string')
    throw httpError(`storage of ${at} is ${kindOf(storage)}: pass the name of a storage`);
  if (scope !== undefined && typeof scope !== 'function')
    throw httpError(`scope of ${at} is ${kindOf(scope)}: pass a function that gives a prefix`);
}

function checkHooks(at: string, { scanner, scanTimeoutMs, onStored, keepOnError }: UploadRules): void {
  if (scanner !== undefined && !isScanner(scanner) && !isClassWith(scanner, 'scan'))
    throw httpError(
      `scanner of ${at} is ${kindOf(scanner)} without a method scan: pass a FileScanner, or its class`,
    );
  const ms: unknown = scanTimeoutMs;
  if (
    ms !== undefined &&
    !(Number.isSafeInteger(ms) && (ms as number) >= 1 && (ms as number) <= MAX_TIMER_MS)
  )
    throw httpError(`scanTimeoutMs of ${at} is ${show(ms)}: pass milliseconds, 1 to ${MAX_TIMER_MS}`);
  if (onStored !== undefined && typeof onStored !== 'function')
    throw httpError(
      `onStored of ${at} is ${kindOf(onStored)}: pass (file) => …, or the class of a StoredHandler`,
    );
  if (keepOnError !== undefined && typeof keepOnError !== 'boolean')
    throw httpError(`keepOnError of ${at} is ${kindOf(keepOnError)}: pass true or false`);
}

function checkForm(at: string, form: unknown): void {
  if (form === undefined) return;
  const limits = `form of ${at}`;
  if (!isObject(form)) throw httpError(`${limits} is ${kindOf(form)}: pass { fields: … }`);
  assertKnown(limits, form, LIMITS, httpError);
  for (const [name, value] of Object.entries(form)) assertCount(at, `form.${name}`, value, 0);
}

function assertCount(at: string, name: string, value: unknown, least = 1): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) return;
  throw httpError(
    `${name} of ${at} is ${typeof value === 'number' ? value : typeof value}: pass a whole number, ${least} or more`,
  );
}
