import { isBaseUrl } from '../core/base-url.js';
import { assertKnown, isObject, kindOf, show } from '../core/check-shape.js';
import { MAX_EXPIRY } from '../core/check-sign-options.js';
import { checkUploadRules, UPLOAD_RULES } from './upload/check-upload-rules.js';
import { DELIVERY, deliveryProblem } from './download/check-delivery.js';
import { httpError } from './errors/http-error.js';
import { checkPending } from './pending/check-pending.js';
import type {
  ServedStorageOptions,
  StorageHttpExtras,
  StorageHttpOptions,
  StorageHttpPresignOptions,
} from './storage-http.options.js';
import { STORAGE_OPERATIONS } from './access/storage-operations.js';

/** One segment of a path that needs no escape: RFC 3986, 2.3. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._~-]*)$/;
/** `v1` and what later versions may need: the path of the health check begins with it. */
const RESERVED = /^v\d+$/i;
const PREFIX = /^[A-Za-z0-9._~/-]*$/;
const OPTIONS = ['storages', 'authorize', 'principal', 'secret', 'owner', 'baseUrl', 'presign'] as const;
const EXTRAS = ['prefix', 'health', 'guards'] as const;
const SERVED: readonly (keyof ServedStorageOptions)[] = [
  ...(['operations', 'pendingPrefix'] as const),
  ...UPLOAD_RULES,
  ...DELIVERY,
];

/** The options as a factory gave them. @throws StorageError INVALID_ARGUMENT (reason `config`). */
export function checkHttpOptions(options: StorageHttpOptions): StorageHttpOptions {
  if (!isObject(options))
    throw httpError(`the options are ${kindOf(options)}: pass { storages: …, authorize: … }`);
  const extra = EXTRAS.find((name) => name in options);
  if (extra)
    throw httpError(`the factory gives ${extra}: pass it to forRootAsync itself, beside the factory`);
  assertKnown('it', options, OPTIONS, (message) =>
    httpError(`${message}, and beside them ${EXTRAS.join(', ')}`),
  );
  const { storages, authorize, principal, baseUrl, presign } = options;
  if (typeof authorize !== 'function') {
    throw httpError(
      `authorize is ${kindOf(authorize)}: pass a function that decides each request, such as ` +
        '({ principal }) => principal !== undefined, or the class of a StorageAuthorizer',
    );
  }
  if (principal !== undefined && typeof principal !== 'function')
    throw httpError(`principal is ${kindOf(principal)}: pass (request) => …, or leave it out`);
  if (baseUrl !== undefined && !isBaseUrl(baseUrl))
    throw httpError(
      'baseUrl is no such URL: pass one such as "https://files.example.com", without a query, or leave it out',
    );
  if (presign !== undefined) checkPresign(presign);
  const entries = isObject(storages) ? Object.entries(storages) : [];
  if (entries.length === 0) {
    const came = isObject(storages) ? 'empty' : kindOf(storages);
    throw httpError(`storages is ${came}: pass { documents: { operations: ['get'] } }`);
  }
  for (const [name, served] of entries) checkServed(name, served);
  checkPending(options);
  return options;
}

/** @throws StorageError INVALID_ARGUMENT (reason `config`). */
export function checkHttpExtras({ prefix, health, guards }: StorageHttpExtras): void {
  if (prefix !== undefined && (typeof prefix !== 'string' || !PREFIX.test(prefix)))
    throw httpError(`prefix is ${JSON.stringify(prefix)}: pass path segments such as "api" or "files/v2"`);
  if (guards !== undefined && !Array.isArray(guards))
    throw httpError(`guards is ${kindOf(guards)}: pass an array of guards`);
  if (isObject(health)) assertKnown('health', health, ['timeoutMs'], httpError);
  const timeoutMs = typeof health === 'object' ? health.timeoutMs : undefined;
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs > 0))
    throw httpError(`health.timeoutMs is ${timeoutMs}: pass milliseconds, more than 0`);
}

function checkPresign(presign: StorageHttpPresignOptions): void {
  if (!isObject(presign))
    throw httpError(`presign is ${show(presign)}: pass { maxExpiresIn }, or leave it out`);
  assertKnown('presign', presign, ['maxExpiresIn'], httpError);
  const most = presign.maxExpiresIn as number | undefined;
  if (most !== undefined && !(Number.isSafeInteger(most) && most >= 1 && most <= MAX_EXPIRY))
    throw httpError(`presign.maxExpiresIn is ${show(most)}: pass seconds from 1 to ${MAX_EXPIRY}`);
}

function checkServed(name: string, served: ServedStorageOptions): void {
  if (!NAME.test(name)) {
    throw httpError(
      `a storage is named ${JSON.stringify(name)}: it is a segment of a path here, so it has to be of ` +
        'letters, digits, ".", "_", "~" and "-"',
    );
  }
  if (RESERVED.test(name)) throw httpError(`the name "${name}" is reserved: give the storage another one`);
  const at = `storage "${name}"`;
  if (!isObject(served)) throw httpError(`${at} is ${kindOf(served)}: pass { operations: ['get'] }`);
  checkUploadRules(at, served, SERVED);
  const problem = deliveryProblem(served);
  if (problem !== undefined) throw httpError(`${at}: ${problem}`);
  const operations: unknown = served.operations;
  const all = STORAGE_OPERATIONS.map((operation) => `"${operation}"`).join(', ');
  if (!Array.isArray(operations) || operations.length === 0)
    throw httpError(`operations of ${at} is ${kindOf(operations)}: pass a list of ${all}`);
  const known: readonly unknown[] = STORAGE_OPERATIONS;
  const wrong: unknown = operations.find((operation) => !known.includes(operation));
  if (wrong !== undefined)
    throw httpError(`operations of ${at} has ${JSON.stringify(wrong)}: there are ${all}`);
}
