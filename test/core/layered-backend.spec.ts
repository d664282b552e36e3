import { describe, expect, it } from '@jest/globals';
import { type Readable } from 'node:stream';
import type { StorageBackend } from '../../src/core/backend.js';
import { StorageError } from '../../src/core/error.js';
import type { Layer, Operation } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { released, stalled } from '../support/bodies.js';
import { expectCode, failure } from '../support/errors.js';
import { fakeBackend, INFO, untilAborted } from '../support/fake-backend.js';

const failingWith = (error: unknown, parts: Partial<StorageBackend> = {}) =>
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- libraries throw anything
  withLayers(fakeBackend({ head: () => Promise.reject(error), ...parts }), 'files');

describe('the errors of a layered backend', () => {
  it('say where they happened and keep their cause', async () => {
    const cause = new Error('socket hang up');
    const backend = failingWith(cause, { errorCode: () => ({ code: 'UNAVAILABLE', reason: 'socket' }) });
    expect(await expectCode(backend.head('a/b'), 'UNAVAILABLE')).toMatchObject({
      ...{ storage: 'files', operation: 'head', key: 'a/b', reason: 'socket' },
      message: 'files: cannot head "a/b": socket hang up',
    });
    expect((await expectCode(backend.head('a/b'), 'UNAVAILABLE')).cause).toBe(cause);
  });

  it('may be classified by a code alone', async () => {
    const backend = failingWith('just text', { errorCode: () => 'THROTTLED' });
    const error = await expectCode(backend.head('k'), 'THROTTLED');
    expect(error).toMatchObject({ reason: undefined, cause: 'just text', temporary: true });
    expect(error.message).toContain('just text');
  });

  it('get their context once, from the innermost layered backend', async () => {
    const inner = failingWith(new Error('x'));
    const outer = withLayers(inner, 'outer', [(operation, next) => next(operation)]);
    const error = await expectCode(outer.head('k'), 'UNKNOWN');
    expect(error.storage).toBe('files');
    expect(error.message.match(/cannot head/g)).toHaveLength(1);
  });

  it('keep the code, the reason and the cause of a StorageError without context', async () => {
    const cause = new Error('x');
    const error = new StorageError('NO_SPACE', 'The quota is used up', { reason: 'quota', cause });
    const found = await expectCode(failingWith(error).head('k'), 'NO_SPACE');
    expect(found).toMatchObject({ reason: 'quota', operation: 'head', storage: 'files', key: 'k' });
    expect(found.cause).toBe(cause);
    expect(found.message).toBe('files: cannot head "k": The quota is used up');
  });

  it('are ABORTED when the signal is, whatever the library threw', async () => {
    const controller = new AbortController();
    const thrown = new DOMException('The operation was aborted', 'AbortError');
    const backend = withLayers(
      fakeBackend({
        head: () => {
          controller.abort();
          return Promise.reject(thrown);
        },
      }),
      'files',
    );
    expect((await expectCode(backend.head('k', { signal: controller.signal }), 'ABORTED')).cause).toBe(
      thrown,
    );
  });

  it('tell no paths of the file system', async () => {
    const error = Object.assign(new Error("ENOENT: no such file, open '/srv/data/tenant/k'"), {
      ...{ code: 'ENOENT', syscall: 'open', path: '/srv/data/tenant/k' },
    });
    expect((await expectCode(failingWith(error).head('k'), 'UNKNOWN')).message).toBe(
      'files: cannot head "k": ENOENT (open)',
    );
  });

  it('tell what a foreign realm says, without the name of its class', async () => {
    // Under jest, errors of Node itself are of another realm.
    const { readFile } = await import('node:fs/promises');
    const foreign: unknown = await readFile('/none/such').catch((error: unknown) => error);
    expect((await expectCode(failingWith(foreign).head('k'), 'UNKNOWN')).message).toBe(
      'files: cannot head "k": ENOENT (open)',
    );
  });

  it('come from a layer too', async () => {
    const broken: Layer = () => Promise.reject(new Error('The layer is broken'));
    const backend = withLayers(fakeBackend(), 'files', [broken]);
    expect(await expectCode(backend.head('k'), 'UNKNOWN')).toMatchObject({ operation: 'head', key: 'k' });
  });
});

describe('a layered backend', () => {
  it('checks keys and fills options before the backend sees them', async () => {
    const seen: unknown[] = [];
    const backend = withLayers(
      fakeBackend({
        put: (key, _, options) => {
          seen.push(options);
          return Promise.resolve({ ...INFO, key });
        },
      }),
      'files',
    );
    await backend.put('a.png', Buffer.from('x'));
    expect(seen).toEqual([{ contentType: 'image/png', signal: undefined }]);
    await expectCode(backend.put('a//b', Buffer.from('x')), 'INVALID_ARGUMENT');
    await expectCode(backend.copy('a', 'a'), 'INVALID_ARGUMENT');
    await expectCode(backend.list({} as never), 'INVALID_ARGUMENT');
    expect(seen).toHaveLength(1);
  });

  it('asks the backend which keys it can read', async () => {
    const rules = withLayers(fakeBackend(), 'files');
    await expectCode(rules.head('a//b'), 'INVALID_ARGUMENT');
    const own = withLayers(
      fakeBackend({ keyProblem: (key) => (key === 'no' ? 'it is no' : undefined) }),
      'files',
    );
    expect((await own.head('a//b')).key).toBe('a//b');
    expect((await expectCode(own.head('no'), 'INVALID_ARGUMENT')).message).toContain('it is no');
    await expectCode(own.put('a//b', Buffer.from('x')), 'INVALID_ARGUMENT');
  });

  it('runs its layers from the first, outermost, to the last', async () => {
    const order: string[] = [];
    const layer =
      (name: string): Layer =>
      async (operation, next) => {
        order.push(
          `${name} begins ${operation.name} ${operation.access} ${operation.key} ${operation.backend}`,
        );
        const result = await next(operation);
        order.push(`${name} ends`);
        return result;
      };
    await withLayers(fakeBackend(), 'files', [layer('a'), layer('b')]).head('k');
    expect(order).toEqual(['a begins head read k fake', 'b begins head read k fake', 'b ends', 'a ends']);
  });

  it.each<[string, Layer, string]>([
    [
      'a function that makes one',
      (() => () => undefined) as never,
      'a function, no promise: pass what it gives',
    ],
    [
      'a layer that forgets what came',
      (() => undefined) as never,
      'undefined, no promise: return next(operation)',
    ],
  ])('refuses %s, by its name', async (_what, wrong, message) => {
    const retry = Object.defineProperty(wrong, 'name', { value: 'retry' });
    const error = await failure(withLayers(fakeBackend(), 'files', [retry]).head('k'));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config', operation: 'head' });
    expect(error.message).toContain(`The layer "retry" gave ${message}`);
  });

  it('gives the backend the signal that the layers pass on', async () => {
    const own = new AbortController();
    const replace: Layer = (operation, next) => next({ ...operation, signal: own.signal });
    const backend = withLayers(fakeBackend({ head: (_, { signal }) => untilAborted(signal) }), 'files', [
      replace,
    ]);
    const work = backend.head('k');
    own.abort(new StorageError('TIMEOUT', 'late'));
    await expectCode(work, 'TIMEOUT');
  });

  it('does not reach the backend when the signal is aborted', async () => {
    let called = false;
    const backend = withLayers(
      fakeBackend({
        delete: () => {
          called = true;
          return Promise.resolve();
        },
      }),
      'files',
    );
    await expectCode(backend.delete('k', { signal: AbortSignal.abort() }), 'ABORTED');
    expect(called).toBe(false);
  });

  it('destroys the body of a put that failed, whoever refused it', async () => {
    const refuse: Layer = () => Promise.reject(new StorageError('PERMISSION_DENIED', 'no'));
    const cases = [
      withLayers(fakeBackend(), 'files', [refuse]).put('k', (bodies[0] = stalled())),
      withLayers(fakeBackend({ put: () => Promise.reject(new Error('x')) }), 'files').put(
        'k',
        (bodies[1] = stalled()),
      ),
      withLayers(fakeBackend(), 'files').put('', (bodies[2] = stalled())),
    ];
    for (const work of cases) await expectCode(work, 'PERMISSION_DENIED', 'UNKNOWN', 'INVALID_ARGUMENT');
    for (const body of bodies) {
      await released(body);
      expect(body.destroyed).toBe(true);
    }
  });

  it('ends the body of a get with the signal of its caller, not with that of a layer', async () => {
    const own = new AbortController();
    const caller = new AbortController();
    const body = stalled();
    const replace: Layer = (operation, next) => next({ ...operation, signal: own.signal });
    const backend = withLayers(fakeBackend({ get: () => Promise.resolve({ info: INFO, body }) }), 'files', [
      replace,
    ]);
    await backend.get('k', { signal: caller.signal });
    own.abort();
    expect(body.destroyed).toBe(false);
    caller.abort();
    await released(body);
    expect(body.destroyed).toBe(true);
  });

  it('survives the error of a body that nobody reads yet', async () => {
    const body = stalled();
    const backend = withLayers(fakeBackend({ get: () => Promise.resolve({ info: INFO, body }) }), 'files');
    await backend.get('k');
    body.destroy(new Error('The connection broke'));
    await released(body);
  });

  it('closes its backend', async () => {
    let closed = 0;
    const close = () => {
      closed++;
      return Promise.resolve();
    };
    await withLayers(fakeBackend({ close }), 'files').close();
    await withLayers(fakeBackend(), 'files').close();
    expect(closed).toBe(1);
  });
});

const bodies: Readable[] = [];

describe('deleteMany of a layered backend', () => {
  const batches: (readonly string[])[] = [];
  const batching = fakeBackend({
    deleteMany: (keys) => {
      batches.push(keys);
      return Promise.resolve(
        keys.map((key) => (key === 'bad' ? { key, error: new Error('denied') } : { key })),
      );
    },
    errorCode: () => 'PERMISSION_DENIED',
  });

  it('is there only when the backend has it', () => {
    expect(withLayers(fakeBackend(), 'files').deleteMany).toBeUndefined();
    expect(withLayers(batching, 'files').deleteMany).toBeDefined();
  });

  it('classifies the failure of each key', async () => {
    const results = await new StorageService('files', batching).deleteMany(['a', 'bad', '', 'b']);
    expect(results.map(({ key, error }) => [key, error?.code])).toEqual([
      ['a', undefined],
      ['bad', 'PERMISSION_DENIED'],
      ['', 'INVALID_ARGUMENT'],
      ['b', undefined],
    ]);
    expect(results[1]?.error).toMatchObject({ operation: 'delete', key: 'bad', storage: 'files' });
  });

  it('sends batches of 1,000 and no empty one', async () => {
    batches.length = 0;
    const keys = Array.from({ length: 2_001 }, (_, i) => `k${i}`);
    await new StorageService('files', batching).deleteMany([...keys, '']);
    expect(batches.map(({ length }) => length)).toEqual([1000, 1000, 1]);
    batches.length = 0;
    const results = await new StorageService('files', batching).deleteMany(['', '\ud800']);
    expect(results.map(({ error }) => error?.code)).toEqual(['INVALID_ARGUMENT', 'INVALID_ARGUMENT']);
    expect(batches).toEqual([]);
  });

  it('reports a batch that failed as a whole for each of its keys', async () => {
    const backend = fakeBackend({
      deleteMany: () => Promise.reject(new Error('x')),
      errorCode: () => 'UNAVAILABLE',
    });
    const results = await new StorageService('files', backend).deleteMany(['a', 'b']);
    expect(results.map(({ error }) => error?.code)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  });
});

describe('the operations that layers see', () => {
  it('name the access, the key of each kind of call and the storage', async () => {
    const seen: Pick<Operation, 'name' | 'access' | 'key' | 'storage'>[] = [];
    const look: Layer = (operation, next) => {
      const { name, access, key, storage } = operation;
      seen.push({ name, access, key, storage });
      return next(operation);
    };
    const storage = new StorageService('files', withLayers(fakeBackend(), 'files', [look]));
    await storage.put('a', 'x');
    await storage.get('b');
    await storage.exists('c');
    await storage.delete('d');
    await storage.page({ prefix: 'e/' });
    await storage.copy('f', 'g');
    expect(seen.map(({ name, access, key }) => `${name} ${access} ${key}`)).toEqual([
      ...['put write a', 'get read b', 'head read c', 'delete write d', 'list read e/', 'copy write f'],
    ]);
    expect(new Set(seen.map(({ storage: name }) => name))).toEqual(new Set(['files']));
  });
});
