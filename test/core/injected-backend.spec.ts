import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { toBytes } from '../../src/core/body.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { concurrency } from '../../src/layers/concurrency.js';
import { expectCode } from '../support/errors.js';
import { fakeBackend } from '../support/fake-backend.js';
import { within } from '../support/within.js';

describe('a layered backend that is called directly', () => {
  it('takes every body that a storage takes', async () => {
    const backend = withLayers(new MemoryBackend(), 'files');
    await backend.put('a', 'text');
    await backend.put('b', Readable.from(['te', 'xt']));
    for (const key of ['a', 'b']) {
      expect((await toBytes((await backend.get(key)).body)).toString()).toBe('text');
    }
    const error = await expectCode(backend.put('c', 5 as unknown as string), 'INVALID_ARGUMENT');
    expect(error).toMatchObject({ storage: 'files', operation: 'put', key: 'c' });
  });

  it('outlives a body that fails while it waits its turn', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow: Layer = async (operation, next) => {
      if (operation.key === 'first') await held;
      return next(operation);
    };
    const backend = withLayers(new MemoryBackend(), 'files', [concurrency(1), slow]);
    const first = backend.put('first', 'x');
    const body = new Readable({ read: () => undefined });
    const second = backend.put('second', body);
    body.destroy(new Error('the client has gone'));
    await new Promise(setImmediate);
    release();
    await within(first);
    await expectCode(second, 'ABORTED');
  });

  it('refuses every option that its backend does not act upon', async () => {
    const seen: object[] = [];
    const record = (_key: string, options: object) => {
      seen.push(options);
      return Promise.reject(new Error('not reached'));
    };
    const plain = withLayers(fakeBackend({ head: record }), 'files');
    const error = await expectCode(plain.head('k', { versionID: '1' } as object), 'UNSUPPORTED');
    expect(error.reason).toBe('versionID');
    expect(seen).toEqual([]);
    const accepting = withLayers(fakeBackend({ accepts: ['versionId'], head: record }), 'files');
    await expectCode(accepting.head('k', { versionId: '1' }), 'UNKNOWN');
    expect(seen).toEqual([{ versionId: '1', signal: undefined }]);
  });

  it('shows layers all keys that a call names', async () => {
    const named: (readonly string[])[] = [];
    const look: Layer = (operation, next) => {
      named.push(operation.keys);
      return next(operation);
    };
    const backend = withLayers(
      fakeBackend({ deleteMany: (keys) => Promise.resolve(keys.map((key) => ({ key }))) }),
      'files',
      [look],
    );
    await backend.copy('from', 'to');
    await backend.deleteMany?.(['a', 'b'], {});
    await backend.list({ prefix: 'p', limit: 1 });
    expect(named).toEqual([['from', 'to'], ['a', 'b'], []]);
  });
});

describe('a batch of deletes', () => {
  const batch = (deleteMany: (keys: readonly string[]) => readonly { key: string }[]) =>
    withLayers(fakeBackend({ deleteMany: (keys) => Promise.resolve(deleteMany(keys)) }), 'files');

  it('refuses each key that is none, and only it', async () => {
    const results = await batch((keys) => keys.map((key) => ({ key }))).deleteMany?.(
      [5 as unknown as string, 'x'],
      {},
    );
    expect(results).toMatchObject([{ key: 5, error: { code: 'INVALID_ARGUMENT' } }, { key: 'x' }]);
  });

  it('does not take silence for success', async () => {
    const results = await batch(() => []).deleteMany?.(['x'], {});
    expect(results).toMatchObject([{ key: 'x', error: { code: 'OUTCOME_UNKNOWN', key: 'x' } }]);
  });

  it('takes no more keys than it promises', async () => {
    const keys = Array.from({ length: 1001 }, (_, i) => `${i}`);
    await expectCode(Promise.resolve(batch(() => []).deleteMany?.(keys, {})), 'INVALID_ARGUMENT');
  });
});
