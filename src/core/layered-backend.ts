import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { abortError, onAbort, throwIfAborted } from './abort.js';
import type { Body, StorageBackend } from './backend.js';
import type { Call } from './call.js';
import { discard } from './body.js';
import type { CapabilityType } from './capability.js';
import { assertAccepted, checkOptions } from './check-options.js';
import { StorageError, type StorageErrorCode } from './error.js';
import { assertKey, keyProblem } from './key.js';
import { layeredCapability } from './layered-capability.js';
import type { Layer, Operation } from './layer.js';
import type { DeleteResult, ListPage, ObjectContent, ObjectInfo } from './object.js';
import type {
  CopyOptions,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  ListOptions,
  OperationOptions,
  PutOptions,
} from './options.js';

/**
 * A backend as applications may call it: keys and options are checked and filled, layers run
 * around every operation, whatever is thrown is a StorageError that says where it happened.
 */
export class LayeredBackend implements StorageBackend {
  readonly kind: string;
  readonly accepts: readonly string[] | undefined;
  readonly deleteMany?: (
    keys: readonly string[],
    options: OperationOptions,
  ) => Promise<readonly DeleteResult<StorageError>[]>;

  constructor(
    private readonly inner: StorageBackend,
    private readonly storage: string,
    private readonly layers: readonly Layer[],
    private readonly scope = '',
  ) {
    this.kind = inner.kind;
    this.accepts = inner.accepts;
    if (inner.deleteMany) this.deleteMany = (keys, options) => this.deleteBatch(keys, options);
  }

  async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    try {
      return await this.run('put', 'write', key, options, (signal) => {
        this.assertWritable(key);
        return this.inner.put(key, body, { ...checkOptions.put(key, options), signal });
      });
    } catch (error) {
      discard(body);
      throw error;
    }
  }

  async get(key: string, options: GetOptions = {}): Promise<ObjectContent> {
    const content = await this.run('get', 'read', key, options, (signal) => {
      this.assertReadable(key);
      return this.inner.get(key, { ...checkOptions.get(options), signal });
    });
    this.guardBody(content.body, options.signal);
    return content;
  }

  async head(key: string, options: HeadOptions = {}): Promise<ObjectInfo> {
    return this.run('head', 'read', key, options, (signal) => {
      this.assertReadable(key);
      return this.inner.head(key, { ...options, signal });
    });
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.run('delete', 'write', key, options, (signal) => {
      this.assertReadable(key);
      return this.inner.delete(key, { ...checkOptions.delete(options), signal });
    });
  }

  async list(options: ListOptions): Promise<ListPage> {
    return this.run('list', 'read', options.prefix, options, (signal) =>
      this.inner.list({ ...checkOptions.list(options), signal }),
    );
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<ObjectInfo> {
    return this.run('copy', 'write', from, options, (signal) => {
      this.assertReadable(from);
      this.assertWritable(to);
      if (from === to) throw new StorageError('INVALID_ARGUMENT', 'An object cannot be copied onto itself');
      return this.inner.copy(from, to, { ...checkOptions.copy(options), signal });
    });
  }

  errorCode(error: unknown): StorageErrorCode {
    return this.classify(error).code;
  }

  keyProblem(key: string): string | undefined {
    return this.inner.keyProblem ? this.inner.keyProblem(key) : keyProblem(key);
  }

  capability<T extends object>(type: CapabilityType<T>): T | undefined {
    const target = this.inner.capability?.(type);
    return target && layeredCapability(type, target, (call) => this.perform(call));
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }

  /** The same layers around `confine(the backend beneath)`, whose keys are relative to `prefix`. */
  scoped(prefix: string, confine: (inner: StorageBackend) => StorageBackend): LayeredBackend {
    return new LayeredBackend(confine(this.inner), this.storage, this.layers, this.scope + prefix);
  }

  private async deleteBatch(
    keys: readonly string[],
    options: OperationOptions = {},
  ): Promise<readonly DeleteResult<StorageError>[]> {
    const fail = (key: string, error: unknown) => ({ key, error: this.wrap(error, { name: 'delete', key }) });
    return this.run('deleteMany', 'write', keys[0] ?? '', options, async (signal) => {
      const refused = keys.flatMap((key) => {
        const why = this.keyProblem(key);
        return why
          ? [fail(key, new StorageError('INVALID_ARGUMENT', `Invalid key: ${why}`, { reason: 'key' }))]
          : [];
      });
      const valid = refused.length === 0 ? keys : keys.filter((key) => this.keyProblem(key) === undefined);
      // An empty batch is an error to S3.
      const results = (valid.length > 0 && (await this.inner.deleteMany?.(valid, { signal }))) || [];
      return [
        ...refused,
        ...results.map(({ key, error }) => (error === undefined ? { key } : fail(key, error))),
      ];
    });
  }

  private assertWritable(key: string): void {
    assertKey(key);
    this.assertReadable(key);
  }

  private assertReadable(key: string): void {
    assertKey(key, (value) => this.keyProblem(value));
  }

  private run<T>(
    name: string,
    access: Operation['access'],
    key: string,
    options: OperationOptions,
    perform: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    const checked = (signal: AbortSignal | undefined) => {
      assertAccepted(this.inner, options);
      return perform(signal);
    };
    return this.perform({ name, access, key, signal: options.signal, perform: checked });
  }

  private async perform<T>({ perform, ...call }: Call<T>): Promise<T> {
    const innermost = async (operation: Operation): Promise<T> => {
      try {
        throwIfAborted(operation.signal);
        return await perform(operation.signal);
      } catch (error) {
        throw this.wrap(error, operation);
      }
    };
    const chain = this.layers.reduceRight<(operation: Operation) => Promise<T>>(
      (next, layer) => (operation) => layer(operation, next),
      innermost,
    );
    const operation: Operation = { ...call, storage: this.storage, scope: this.scope, backend: this.kind };
    try {
      return await chain(operation);
    } catch (error) {
      throw this.wrap(error, operation);
    }
  }

  /** The body outlives the operation: from here on it ends with the caller's own signal. */
  private guardBody(body: Readable, signal: AbortSignal | undefined): void {
    // A reader that is not there yet must not find the process ended by an early error.
    body.on('error', () => undefined);
    const release = onAbort(signal, (error) => body.destroy(error));
    body.once('close', release);
  }

  private wrap(
    cause: unknown,
    { name, key, signal }: Pick<Operation, 'name' | 'key'> & Partial<Operation>,
  ): StorageError {
    if (StorageError.is(cause) && cause.operation !== undefined) return cause;
    const context = { storage: this.storage, operation: name, key };
    const at = `${this.storage}: cannot ${name} ${JSON.stringify(key)}`;
    if (StorageError.is(cause)) {
      const { code, reason } = cause;
      return new StorageError(code, `${at}: ${cause.message}`, { reason, cause: cause.cause, ...context });
    }
    if (signal?.aborted) {
      const aborted = abortError(signal);
      return new StorageError(aborted.code, `${at}: ${aborted.message}`, {
        reason: aborted.reason,
        cause,
        ...context,
      });
    }
    const { code, reason } = this.classify(cause);
    const why = describe(cause);
    return new StorageError(code, `${at}: ${why}`, { reason, cause, ...context });
  }

  private classify(error: unknown): { code: StorageErrorCode; reason?: string | undefined } {
    if (StorageError.is(error)) return error;
    const found = this.inner.errorCode(error);
    return typeof found === 'string' ? { code: found } : found;
  }
}

/** Puts `layers` around every call of `backend`, the first one outermost. */
export function withLayers(
  backend: StorageBackend,
  storage: string,
  layers: readonly Layer[] = [],
): LayeredBackend {
  return new LayeredBackend(backend, storage, layers);
}

/** An error of the file system names paths, which are none of the caller's business. */
function describe(cause: unknown): string {
  // Not instanceof: under jest the errors of Node are those of another realm.
  if (!types.isNativeError(cause)) return String(cause);
  const { code, syscall } = cause as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined ? `${code} (${syscall})` : cause.message;
}
