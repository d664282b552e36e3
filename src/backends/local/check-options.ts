import { StorageError } from '../../core/error.js';

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  durability: ['full', 'rename'],
  etag: ['unique', 'md5', 'sha256'],
};
const NUMBERS = ['fileMode', 'directoryMode', 'lockTimeoutMs', 'leaseMs', 'unreadTimeoutMs'];

/** @throws StorageError INVALID_ARGUMENT (reason `config`): a mistake must not wait for the first upload. */
export function checkLocalOptions(options: object | undefined): void {
  const given = (options ?? {}) as Readonly<Record<string, unknown>>;
  const { root } = given;
  if (typeof root !== 'string' || root === '') refuse('root', root, 'the path of a directory');
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name === 'root' || name === 'disk') continue;
    const choices = CHOICES[name];
    if (choices) {
      if (!choices.includes(value as string))
        refuse(name, value, choices.map((one) => `"${one}"`).join(' or '));
    } else if (!NUMBERS.includes(name)) {
      throw new StorageError('INVALID_ARGUMENT', `LocalBackend has no option "${name}"`, {
        reason: 'config',
      });
    } else if (!Number.isSafeInteger(value) || (value as number) < 0) {
      refuse(name, value, 'a whole number, 0 or more');
    }
  }
}

function refuse(name: string, value: unknown, wanted: string): never {
  const came = JSON.stringify(value) ?? typeof value;
  throw new StorageError('INVALID_ARGUMENT', `LocalBackend: ${name} is ${came}: pass ${wanted}`, {
    reason: 'config',
  });
}
