import type { StorageBackend } from '../core/backend.js';
import { assertKnown, isObject, kindOf, show } from '../core/check-shape.js';
import { isLayerFactory } from '../core/layer-factory.js';
import { MAX_TIMER_MS } from '../core/max-timer.js';
import { moduleError } from './module-error.js';
import { publicUrlProblem } from './public-url.js';
import type { StorageModuleOptions } from './storage.options.js';

const METHODS = ['put', 'get', 'head', 'delete', 'list', 'copy', 'errorCode'] as const;
const BEHAVIOUR = [
  'layers',
  'requires',
  'keys',
  'publicUrl',
  'shutdownTimeoutMs',
  'maxTransferMemory',
] as const;
const EXTRAS = ['name', 'global'] as const;
const WAYS = ['useFactory', 'useClass', 'useExisting'] as const;

/** @throws StorageError INVALID_ARGUMENT unless `name` is a string with something in it. */
export function assertName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name.trim() !== '') return;
  throw moduleError(`name is ${show(name)}: pass a string that is not empty, or leave it out`);
}

/** The options of the storage `name`, as a factory gave them. @throws StorageError INVALID_ARGUMENT. */
export function checkModuleOptions(name: string, options: unknown): StorageModuleOptions {
  const at = `storage "${name}"`;
  const context = { storage: name };
  if (!isObject(options)) {
    const why = `the options of ${at} are ${show(options)}: return { backend: … } from the factory`;
    throw moduleError(why, context);
  }
  for (const key of EXTRAS.filter((extra) => extra in options)) {
    const why = `the factory of ${at} gives ${key}: pass ${key} to forRootAsync itself, beside the factory`;
    throw moduleError(why, context);
  }
  assertKnown(at, options, ['backend', ...BEHAVIOUR], (message) =>
    moduleError(`${message}, and beside them ${EXTRAS.join(', ')}`),
  );
  assertBackend(at, options.backend, context);
  assertBehaviour(at, options);
  return options as unknown as StorageModuleOptions;
}

/** @throws StorageError INVALID_ARGUMENT unless `options` can be passed to `forRoot`, but for what a factory may give. */
export function assertRootOptions(options: unknown): void {
  if (!isObject(options)) throw moduleError(`forRoot got ${show(options)}: pass { backend: … }`);
}

/** @throws StorageError INVALID_ARGUMENT unless `options` say one way to get the options of a storage. */
export function assertAsyncOptions(options: unknown): void {
  if (!isObject(options)) throw moduleError(`forRootAsync got ${show(options)}: pass { useFactory: … }`);
  for (const key of ['backend', ...BEHAVIOUR].filter((one) => one in options)) {
    throw moduleError(`forRootAsync got ${key}: return it from useFactory, or call forRoot`);
  }
  const known = [...EXTRAS, ...WAYS, 'imports', 'inject', 'provideInjectionTokensFrom'];
  assertKnown('forRootAsync', options, known, moduleError);
  const given = WAYS.filter((way) => options[way] !== undefined);
  if (given.length === 1) return;
  const came = given.length === 0 ? 'none' : given.join(' and ');
  throw moduleError(`forRootAsync takes one of useFactory, useClass and useExisting, and got ${came}`);
}

/** @throws StorageError INVALID_ARGUMENT unless `options` can be passed to `fromConfig`. */
export function assertConfigOptions(options: unknown): void {
  if (!isObject(options))
    throw moduleError(`fromConfig got ${show(options)}: pass { names: […] } or nothing`);
  assertKnown('fromConfig', options, ['names', 'global', ...BEHAVIOUR], moduleError);
  assertBehaviour('fromConfig', options);
  const { names } = options;
  if (names === undefined) return;
  if (!Array.isArray(names) || names.length === 0) {
    throw moduleError(`names is ${show(names)}: pass an array with a name for each storage, or leave it out`);
  }
  names.forEach(assertName);
  if (names.length > 1 && typeof options.publicUrl === 'string')
    throw moduleError('publicUrl is one URL for several storages: call fromConfig for each by itself');
  const twice = names.find((name, i) => names.indexOf(name) !== i) as string | undefined;
  if (twice !== undefined) throw moduleError(`names has ${show(twice)} twice: name each storage once`);
}

function assertBackend(at: string, backend: unknown, context: { readonly storage: string }): void {
  const expected = 'pass an object that implements StorageBackend, such as new MemoryBackend()';
  if (typeof backend === 'function') {
    const called = backend.name || 'anonymous';
    throw moduleError(`backend of ${at} is the class ${called}: pass an instance, new ${called}(…)`, context);
  }
  if (!isObject(backend)) throw moduleError(`backend of ${at} is ${show(backend)}: ${expected}`, context);
  if (typeof backend.then === 'function') {
    const why = `backend of ${at} is a promise: await it in the useFactory of forRootAsync`;
    throw moduleError(why, context);
  }
  const missing: string[] = METHODS.filter((method) => typeof backend[method] !== 'function');
  if (missing.length > 0) {
    const why = `backend of ${at} is no StorageBackend, it has no ${missing.join(', ')}: ${expected}`;
    throw moduleError(why, context);
  }
  const { kind } = backend as unknown as StorageBackend;
  if (typeof kind !== 'string' || kind === '') {
    throw moduleError(`backend of ${at} has the kind ${show(kind)}: give it a short name`, context);
  }
}

function assertBehaviour(at: string, options: Readonly<Record<string, unknown>>): void {
  const { layers, requires, keys, shutdownTimeoutMs: ms, maxTransferMemory: bytes } = options;
  const noLayers = noFunctions(layers);
  if (noLayers !== undefined)
    throw moduleError(`layers of ${at} are ${noLayers}: pass an array of layers, such as [timeout(5000)]`);
  const uncalled = Array.isArray(layers) ? layers.find(isLayerFactory) : undefined;
  if (uncalled)
    throw moduleError(
      `layers of ${at} have ${uncalled.name}, which makes a layer: call it, ${uncalled.name}(…)`,
    );
  const noClasses = noFunctions(requires);
  if (noClasses !== undefined)
    throw moduleError(`requires of ${at} is ${noClasses}: pass an array of capability classes`);
  if (keys !== undefined && typeof keys !== 'function') {
    throw moduleError(`keys of ${at} is ${show(keys)}: pass a function that makes a key`);
  }
  const noUrl = publicUrlProblem(options.publicUrl);
  if (noUrl !== undefined) throw moduleError(`${at}: ${noUrl}`);
  if (ms !== undefined && !(typeof ms === 'number' && ms >= 0 && ms <= MAX_TIMER_MS)) {
    throw moduleError(`shutdownTimeoutMs of ${at} is ${show(ms)}: pass milliseconds, 0 to ${MAX_TIMER_MS}`);
  }
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && (bytes as number) >= 1)) {
    throw moduleError(
      `maxTransferMemory of ${at} is ${show(bytes)}: pass a whole number of bytes, 1 or more`,
    );
  }
}

/** What `value` is instead of an array of functions; undefined where it is one, or left out. */
function noFunctions(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return show(value);
  const wrong = value.findIndex((one) => typeof one !== 'function');
  return wrong === -1 ? undefined : `an array with ${kindOf(value[wrong])}`;
}
