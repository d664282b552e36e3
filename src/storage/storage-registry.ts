import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { BackendResources, StorageBackend } from '../core/backend.js';
import { StorageError } from '../core/error.js';
import { InFlight } from '../core/in-flight.js';
import { withLayers, type LayeredBackend } from '../core/layered-backend.js';
import { moduleError } from './module-error.js';
import { Places } from './places.js';
import { SharedMemory } from './shared-memory.js';
import type { StorageModuleOptions } from './storage.options.js';

const SHUTDOWN_TIMEOUT_MS = 10_000;

interface Open {
  readonly name: string;
  readonly backend: StorageBackend;
  readonly inFlight: InFlight;
  readonly timeoutMs: number;
}

/** Knows every storage of an application, and closes them when it shuts down. */
@Injectable()
export class StorageRegistry implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly memory = new SharedMemory();
  /** What the storages of this application share. */
  readonly resources: BackendResources = this.memory;
  private readonly storages = new Map<string, Open>();
  private readonly logger = new Logger('StorageModule');
  private readonly places = new Places(this.logger);
  private readonly timers: NodeJS.Timeout[] = [];
  private started: number | undefined;
  private draining: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  /**
   * The layered backend of a new storage.
   * @throws StorageError INVALID_ARGUMENT when the name is taken, UNSUPPORTED when the backend has not what is required,
   * and what its `open` fails with: then it is closed.
   */
  async open(name: string, options: StorageModuleOptions): Promise<LayeredBackend> {
    const { backend, layers = [], shutdownTimeoutMs = SHUTDOWN_TIMEOUT_MS } = options;
    const inFlight = new InFlight();
    const layered = withLayers(backend, name, [inFlight.layer, ...layers]);
    const problem = this.problem(name, layered, options);
    // Before anything is awaited, so that two of one name find each other.
    if (!problem) this.storages.set(name, { name, backend, inFlight, timeoutMs: shutdownTimeoutMs });
    const failure = problem ?? (await this.openBackend(name, layered));
    if (!failure) {
      this.places.tell(name, backend);
      return layered;
    }
    if (!problem) this.storages.delete(name);
    if (!this.backends().has(backend)) await this.closeBackend(backend, name, shutdownTimeoutMs);
    throw failure;
  }

  /** Lets what runs now end, and aborts what takes too long, so that the servers can close their connections. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining ??= this.drainBeforeServersClose();
    await this.draining;
  }

  /** Refuses new operations, lets the last ones end and closes every backend once. */
  async onApplicationShutdown(): Promise<void> {
    this.closing ??= this.close();
    await this.closing;
  }

  private problem(
    name: string,
    backend: LayeredBackend,
    { requires = [], maxTransferMemory }: StorageModuleOptions,
  ): StorageError | undefined {
    if (this.storages.has(name)) {
      return moduleError(
        `two storages are named "${name}" in this application. Give one another name; to use one storage in ` +
          'several modules, import it once with global: true, or import the same constant everywhere: ' +
          'export const storage = StorageModule.forRoot(…)',
        { storage: name },
      );
    }
    const missing = requires.filter((type) => backend.capability(type) === undefined);
    if (missing.length === 0) return this.memory.want(name, maxTransferMemory);
    const names = missing.map((type) => type.name).join(', ');
    const hints = missing.flatMap((type) => backend.capabilityHint(type) ?? []);
    return new StorageError(
      'UNSUPPORTED',
      `StorageModule: storage "${name}" requires ${names}, which its backend (${backend.kind}) has not: ` +
        (hints.length > 0 ? hints.join('; ') : 'take a backend that has it, or leave it out of requires'),
      { storage: name, reason: names },
    );
  }

  /** Why the backend cannot be opened; undefined when it is open, or needs no opening. */
  private async openBackend(name: string, backend: LayeredBackend): Promise<StorageError | undefined> {
    try {
      await backend.open(this.memory);
      return undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return new StorageError(
        backend.errorCode(error),
        `StorageModule: storage "${name}": its backend (${backend.kind}) cannot be opened: ${why}`,
        { storage: name, reason: StorageError.is(error) ? error.reason : undefined, cause: error },
      );
    }
  }

  private async drainBeforeServersClose(): Promise<void> {
    await this.drainAll();
    for (const storage of this.storages.values()) {
      // What began meanwhile has no hook before the servers close, and they wait for it without a limit.
      this.timers.push(setTimeout(() => void this.drain(storage), this.left(storage)).unref());
    }
  }

  private async close(): Promise<void> {
    await this.draining;
    this.timers.forEach(clearTimeout);
    for (const { inFlight } of this.storages.values()) inFlight.close();
    await this.drainAll();
    await Promise.all(
      [...this.backends().values()].map(({ backend, name, timeoutMs }) =>
        this.closeBackend(backend, name, timeoutMs),
      ),
    );
    this.memory.clear();
  }

  private async drainAll(): Promise<void> {
    this.started ??= performance.now();
    await Promise.all(Array.from(this.storages.values(), (storage) => this.drain(storage)));
  }

  private async drain(storage: Open): Promise<void> {
    const aborted = await storage.inFlight.drain(this.left(storage));
    if (aborted === 0) return;
    this.logger.warn(
      `Storage "${storage.name}": ${aborted} operations had not ended ${storage.timeoutMs} ms after the ` +
        'shutdown began and were aborted',
    );
  }

  /** Milliseconds until the operations of `storage` are aborted. */
  private left({ timeoutMs }: Open): number {
    return Math.max(0, timeoutMs - (performance.now() - (this.started ?? performance.now())));
  }

  /** Each backend once, with a storage that has it. */
  private backends(): Map<StorageBackend, Open> {
    return new Map(Array.from(this.storages.values(), (storage) => [storage.backend, storage]));
  }

  /** An error here must not keep what else the application has from being closed: it is logged. */
  private async closeBackend(backend: StorageBackend, name: string, ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it took longer than ${ms} ms`)), Math.max(ms, 1000));
    });
    try {
      await Promise.race([Promise.resolve(backend.close?.()), late]);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.logger.error(`Storage "${name}": its backend (${backend.kind}) did not close: ${why}`);
    } finally {
      clearTimeout(timer);
    }
  }
}
