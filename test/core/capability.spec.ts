import { describe, expect, it } from '@jest/globals';
import { SCOPED, type ScopableCapability } from '../../src/core/capability.js';
import { StorageError } from '../../src/core/error.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import type { OperationOptions } from '../../src/core/options.js';
import { readOnly } from '../../src/layers/read-only.js';
import { timeout } from '../../src/layers/timeout.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { expectCode, thrown } from '../support/errors.js';
import { fakeBackend, untilAborted } from '../support/fake-backend.js';

abstract class Labels implements ScopableCapability {
  static readonly reads = ['list', 'prefixOf'] as const;
  abstract list(key: string, options?: OperationOptions): Promise<string[]>;
  abstract set(
    key: string,
    label: string,
    options?: OperationOptions & { readonly color?: string },
  ): Promise<unknown>;
  abstract sweep(options?: OperationOptions): Promise<unknown>;
  abstract hang(key: string, options?: OperationOptions): Promise<never>;
  abstract prefixOf(options?: OperationOptions): Promise<string>;
  abstract [SCOPED](prefix: string): this;
}

class FakeLabels extends Labels {
  readonly calls: unknown[][] = [];
  readonly #secret = 'private';
  constructor(readonly prefix = '') {
    super();
  }
  async list(key: string, options?: OperationOptions) {
    this.calls.push(['list', key, options]);
    if (key === 'broken') throw new Error('The library broke');
    return Promise.resolve([this.#secret, this.prefix + key]);
  }
  async set(key: string, label: string, options?: OperationOptions & { readonly color?: string }) {
    this.calls.push(['set', key, label, options]);
    return Promise.resolve(options?.color);
  }
  async sweep(options?: OperationOptions) {
    this.calls.push(['sweep', options]);
    return Promise.resolve();
  }
  hang(_: string, options?: OperationOptions) {
    return untilAborted(options?.signal);
  }
  prefixOf(options?: OperationOptions) {
    this.calls.push(['prefixOf', options]);
    return Promise.resolve(this.prefix);
  }
  [SCOPED](prefix: string): this {
    return new FakeLabels(this.prefix + prefix) as this;
  }
}

/** A feature of a whole bucket: it cannot be confined. */
abstract class Bucket {
  abstract erase(options?: OperationOptions): Promise<void>;
}

class FakeBucket extends Bucket {
  erase() {
    return Promise.resolve();
  }
}

function open(...layers: readonly Layer[]) {
  const labels = new FakeLabels();
  const bucket = new FakeBucket();
  const backend = fakeBackend({
    capability: (type) => ([labels, bucket] as object[]).find((found) => found instanceof type) as never,
    errorCode: () => ({ code: 'UNAVAILABLE', reason: 'library' }),
  });
  return { labels, storage: new StorageService('files', withLayers(backend, 'files', layers)) };
}

describe('a capability', () => {
  it('is reached by its class', async () => {
    const { storage } = open();
    expect(storage.supports(Labels)).toBe(true);
    expect(storage.as(Labels)).toBeInstanceOf(Labels);
    expect(await storage.as(Labels).list('k')).toEqual(['private', 'k']);
  });

  it('is UNSUPPORTED where the backend has none', () => {
    abstract class Other {
      abstract x(): Promise<void>;
    }
    const { storage } = open();
    expect(storage.supports(Other)).toBe(false);
    expect(thrown(() => storage.as(Other))).toMatchObject({
      code: 'UNSUPPORTED',
      reason: 'Other',
      storage: 'files',
    });
    expect(new StorageService('files', fakeBackend()).supports(Labels)).toBe(false);
  });

  it('gets its options last, with the signal of the layers, wherever the caller left them out', async () => {
    const { labels, storage } = open();
    const { signal } = new AbortController();
    await storage.as(Labels).set('k', 'label', { color: 'red', signal });
    await storage.as(Labels).set('k', 'label');
    await storage.as(Labels).list('k', { signal });
    await storage.as(Labels).sweep();
    await storage.as(Labels).sweep({ signal });
    expect(labels.calls).toEqual([
      ['set', 'k', 'label', { color: 'red', signal }],
      ['set', 'k', 'label', { signal: undefined }],
      ['list', 'k', { signal }],
      ['sweep', { signal: undefined }],
      ['sweep', { signal }],
    ]);
  });

  it('passes the layers under its name, as a read only where it says so', async () => {
    const seen: string[] = [];
    const look: Layer = (operation, next) => {
      seen.push(`${operation.name} ${operation.access} ${operation.key}`);
      return next(operation);
    };
    const labels = open(look).storage.as(Labels);
    await labels.list('a');
    await labels.set('b', 'x');
    await labels.sweep();
    expect(seen).toEqual(['Labels.list read a', 'Labels.set write b', 'Labels.sweep write ']);
  });

  it('may only read in a read-only storage', async () => {
    const { labels, storage } = open(readOnly());
    expect(await storage.as(Labels).list('k')).toEqual(['private', 'k']);
    expect((await expectCode(storage.as(Labels).set('k', 'x'), 'PERMISSION_DENIED')).reason).toBe(
      'read-only',
    );
    await expectCode(storage.as(Labels).sweep(), 'PERMISSION_DENIED');
    await expectCode(storage.as(Bucket).erase(), 'PERMISSION_DENIED');
    expect(labels.calls.map(([name]) => name)).toEqual(['list']);
  });

  it('fails with errors that say where, as the operations do', async () => {
    const error = await expectCode(open().storage.as(Labels).list('broken'), 'UNAVAILABLE');
    expect(error).toMatchObject({
      operation: 'Labels.list',
      key: 'broken',
      storage: 'files',
      reason: 'library',
    });
    expect((error.cause as Error).message).toBe('The library broke');
  });

  it('ends by a timeout and by the signal of its caller', async () => {
    await expectCode(open(timeout(20)).storage.as(Labels).hang('k'), 'TIMEOUT');
    const controller = new AbortController();
    const work = open().storage.as(Labels).hang('k', { signal: controller.signal });
    controller.abort(new StorageError('ABORTED', 'enough', { reason: 'own' }));
    expect((await expectCode(work, 'ABORTED')).reason).toBe('own');
    const aborted = { signal: AbortSignal.abort() };
    await expectCode(open().storage.as(Labels).list('k', aborted), 'ABORTED');
  });

  it('is confined in a scope, and in a scope of a scope, behind the same layers', async () => {
    const { storage } = open(readOnly());
    expect(await storage.scoped('a').as(Labels).list('k')).toEqual(['private', 'a/k']);
    const twice = storage.scoped('a').scoped('b/c').as(Labels);
    expect(await twice.prefixOf()).toBe('a/b/c/');
    await expectCode(twice.set('k', 'x'), 'PERMISSION_DENIED');
  });

  it('is UNSUPPORTED in a scope when it cannot be confined', () => {
    const { storage } = open();
    expect(storage.supports(Bucket)).toBe(true);
    expect(storage.scoped('a').supports(Bucket)).toBe(false);
    const error = thrown(() => storage.scoped('a').as(Bucket));
    expect(error.code).toBe('UNSUPPORTED');
    expect(error.message).toContain('scope');
  });

  it('can be awaited and shown without a call', async () => {
    const { labels, storage } = open();
    const found = await Promise.resolve(storage.as(Labels));
    expect(found).toBeInstanceOf(Labels);
    expect(`${found as unknown as string}`).toContain('object');
    expect(labels.calls).toEqual([]);
  });

  it('says which method does not declare its options, instead of taking its key for them', async () => {
    class Tags {
      of = (key: string) => Promise.resolve(key);
    }
    const backend = fakeBackend({ capability: <T extends object>() => new Tags() as unknown as T });
    const tags = withLayers(backend, 'files').capability(Tags);
    await expectCode(
      Promise.resolve().then(() => tags?.of('a')),
      'INVALID_ARGUMENT',
    );
  });
});
