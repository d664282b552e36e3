import type { Readable } from 'node:stream';
import { onAbort } from './abort.js';
import type { BackendResources, StorageBackend } from './backend.js';
import { discard, type BodyInput } from './body.js';
import type { CapabilityType } from './capability.js';
import { assertAccepted, checkOptions } from './check-options.js';
import { commonPlace } from './common-place.js';
import { deleteBatch } from './delete-batch.js';
import { StorageError, type StorageErrorCode } from './error.js';
import { assertKey, isUsualKey, keyProblem } from './key.js';
import { LayeredCalls } from './layered-calls.js';
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
import { reportingEnd } from './reporting-end.js';
import { takeBody } from './take-body.js';

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

  private readonly calls: LayeredCalls;

  constructor(
    private readonly inner: StorageBackend,
    private readonly storage: string,
    private readonly layers: readonly Layer[],
    /** What its keys begin with in the storage, in a scope. @internal */
    readonly scope = '',
  ) {
    this.calls = new LayeredCalls(inner, storage, layers, scope);
    this.kind = inner.kind;
    this.accepts = inner.accepts;
    if (inner.deleteMany) this.deleteMany = (keys, options) => this.deleteBatch(keys, options);
  }

  put(key: string, body: BodyInput, options: PutOptions = {}): Promise<ObjectInfo> {
    const taken = takeBody(body);
    return reportingEnd(options, (reporting) => this.putTaken(key, taken, reporting));
  }

  async get(key: string, options: GetOptions = {}): Promise<ObjectContent> {
    const content = await this.run('get', 'read', [key], options, (signal) => {
      this.assertReadable(key);
      return this.inner.get(key, withSignal(checkOptions.get(options), signal));
    });
    this.guardBody(content.body, options.signal);
    return content;
  }

  async head(key: string, options: HeadOptions = {}): Promise<ObjectInfo> {
    return this.run('head', 'read', [key], options, (signal) => {
      this.assertReadable(key);
      return this.inner.head(key, { ...options, signal });
    });
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.run('delete', 'write', [key], options, (signal) => {
      this.assertReadable(key);
      return this.inner.delete(key, { ...checkOptions.delete(options), signal });
    });
  }

  async list(options: ListOptions): Promise<ListPage> {
    return this.run('list', 'read', [], options, (signal) =>
      this.inner.list({ ...checkOptions.list(options), signal }),
    );
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<ObjectInfo> {
    return this.run('copy', 'write', [from, to], options, (signal) => {
      this.assertReadable(from);
      this.assertWritable(to);
      if (from === to) throw onItself();
      return this.inner.copy(from, to, { ...checkOptions.copy(to, options), signal });
    });
  }

  get place(): string | undefined {
    return this.inner.place;
  }

  errorCode(error: unknown): StorageErrorCode {
    return this.calls.classify(error).code;
  }

  keyProblem(key: string): string | undefined {
    return this.inner.keyProblem ? this.inner.keyProblem(key) : keyProblem(key);
  }

  capability<T extends object>(type: CapabilityType<T>): T | undefined {
    const client = this.inner.client?.(type);
    if (client) return client;
    const target = this.inner.capability?.(type);
    return target && layeredCapability(type, target, (call) => this.calls.perform(call));
  }

  capabilityHint(type: CapabilityType): string | undefined {
    return this.inner.capabilityHint?.(type);
  }

  async open(resources: BackendResources): Promise<void> {
    await this.inner.open?.(resources);
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }

  isSamePlace(other: StorageBackend): boolean {
    return other instanceof LayeredBackend && commonPlace(other.inner, '', this.inner, '') !== undefined;
  }

  /**
   * Copies `from` of `source`, which is the same place. Only the layers of this one run: those of `source` are passed by a
   * `head` before.
   * @internal
   */
  async copyFrom(
    source: LayeredBackend,
    from: string,
    to: string,
    options: CopyOptions,
  ): Promise<ObjectInfo> {
    return this.run('copy', 'write', [to], options, async (signal) => {
      this.assertWritable(to);
      const place = commonPlace(source.inner, from, this.inner, to);
      if (!place) throw new StorageError('UNSUPPORTED', 'The source is kept elsewhere');
      if (place.from === place.to) throw onItself();
      const checked = { ...checkOptions.copy(to, options), signal };
      return { ...(await place.backend.copy(place.from, place.to, checked)), key: to };
    });
  }

  /**
   * What the failure of the body of a `get` means.
   * @internal
   */
  bodyError(error: unknown, key: string): StorageError {
    return this.calls.wrap(error, 'get', key);
  }

  /**
   * The same layers around `confine(the backend beneath)`, whose keys are relative to `prefix`. It gives the bare backend away.
   * @internal
   */
  scoped(prefix: string, confine: (inner: StorageBackend) => StorageBackend): LayeredBackend {
    return new LayeredBackend(confine(this.inner), this.storage, this.layers, this.scope + prefix);
  }

  private async putTaken(
    key: string,
    taken: ReturnType<typeof takeBody>,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    try {
      return await this.run('put', 'write', [key], options, (signal) => {
        if ('refusal' in taken) throw taken.refusal;
        this.assertWritable(key);
        return this.inner.put(key, taken.body, withSignal(checkOptions.put(key, options), signal));
      });
    } catch (error) {
      if ('body' in taken) discard(taken.body);
      throw error;
    }
  }

  private async deleteBatch(
    keys: readonly string[],
    options: OperationOptions = {},
  ): Promise<readonly DeleteResult<StorageError>[]> {
    return this.run('deleteMany', 'write', keys, options, (signal) =>
      deleteBatch(this.inner, keys, signal, {
        check: (key) => this.assertReadable(key),
        failed: (key, error) => ({ key, error: this.calls.wrap(error, 'delete', key) }),
      }),
    );
  }

  private assertWritable(key: string): void {
    assertKey(key);
    this.assertReadable(key);
  }

  private assertReadable(key: string): void {
    if (!this.inner.keyProblem && isUsualKey(key)) return;
    assertKey(key, (value) => this.keyProblem(value));
  }

  private run<T>(
    name: string,
    access: Operation['access'],
    keys: readonly string[],
    options: OperationOptions & { readonly prefix?: string },
    perform: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    const checked = (signal: AbortSignal | undefined) => {
      assertAccepted(this.inner, options);
      return perform(signal);
    };
    const key = keys[0] ?? options.prefix ?? '';
    return this.calls.perform({ name, access, key, keys, signal: options.signal, perform: checked });
  }

  /** The body outlives the operation: from here on it ends with the caller's own signal. */
  private guardBody(body: Readable, signal: AbortSignal | undefined): void {
    // A reader that is not there yet must not find the process ended by an early error.
    body.on('error', ignore);
    if (signal)
      body.once(
        'close',
        onAbort(signal, (error) => body.destroy(error)),
      );
  }
}

const ignore = (): void => undefined;
const onItself = (): StorageError =>
  new StorageError('INVALID_ARGUMENT', 'An object cannot be copied onto itself');

/** Puts `layers` around every call of `backend`, the first one outermost. */
export function withLayers(
  backend: StorageBackend,
  storage: string,
  layers: readonly Layer[] = [],
): LayeredBackend {
  return new LayeredBackend(backend, storage, layers);
}

/** The same options with the signal that the layers pass on. */
function withSignal<T extends OperationOptions>(options: T, signal: AbortSignal | undefined): T {
  return options.signal === signal ? options : { ...options, signal };
}
