import { assertKnown, show } from '../../core/check-shape.js';
import { StorageError } from '../../core/error.js';
import { checkSigningOptions } from './signing-options.js';

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  durability: ['full', 'rename'],
  etag: ['unique', 'md5', 'sha256'],
};
const NUMBERS = ['fileMode', 'directoryMode', 'lockTimeoutMs', 'leaseMs', 'unreadTimeoutMs'];
const OPTIONS = ['root', 'signing', ...Object.keys(CHOICES), ...NUMBERS];

/** @throws StorageError INVALID_ARGUMENT (reason `config`): a mistake must not wait for the first upload. */
export function checkLocalOptions(options: object | undefined): void {
  const given: Record<string, unknown> = { ...options };
  delete given.disk;
  if (given.signing !== undefined) checkSigningOptions(given.signing);
  const { root } = given;
  if (typeof root !== 'string' || root === '') refuse('root', root, 'the path of a directory');
  assertKnown('LocalBackend', given, OPTIONS, localError);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name === 'root' || name === 'signing') continue;
    const choices = CHOICES[name];
    if (choices) {
      if (!choices.includes(value as string))
        refuse(name, value, choices.map((one) => `"${one}"`).join(' or '));
    } else if (!Number.isSafeInteger(value) || (value as number) < 0) {
      refuse(name, value, 'a whole number, 0 or more');
    }
  }
}

function refuse(name: string, value: unknown, wanted: string): never {
  throw localError(`LocalBackend: ${name} is ${show(value)}: pass ${wanted}`);
}

function localError(message: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', message, { reason: 'config' });
}
