import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageError } from '../../src/core/error.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { readAll } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { fakeBackend, INFO } from '../support/fake-backend.js';

const open = () => new StorageService('files', new MemoryBackend());

describe('StorageService', () => {
  it('reads JSON, and says INTEGRITY where there is none', async () => {
    const storage = open();
    await storage.put('a.json', '{"a":[1,"ü"]}');
    expect(await storage.json('a.json')).toEqual({ a: [1, 'ü'] });
    for (const text of ['', '{', 'undefined']) {
      await storage.put('a.json', text);
      const error = await expectCode(storage.json('a.json'), 'INTEGRITY');
      expect(error).toMatchObject({ key: 'a.json', operation: 'get', storage: 'files' });
      // A SyntaxError quotes the content, which no error should carry.
      expect(error.cause).toBeUndefined();
    }
    await expectCode(storage.json('none'), 'NOT_FOUND');
  });

  it('says INTEGRITY when content ends early or goes on too long', async () => {
    for (const text of ['too short', 'much longer than it should be']) {
      const backend = fakeBackend({
        get: () => Promise.resolve({ info: { ...INFO, size: 12 }, body: Readable.from([Buffer.from(text)]) }),
      });
      const error = await expectCode(new StorageService('files', backend).bytes('k'), 'INTEGRITY');
      expect(error).toMatchObject({ key: 'k', operation: 'get' });
    }
  });

  it('gives a file that a controller can return', async () => {
    const storage = open();
    const contentDisposition = 'attachment; filename="a.txt"';
    await storage.put('a.txt', '0123456789', { contentDisposition });
    const file = await storage.file('a.txt');
    expect(file).toBeInstanceOf(StreamableFile);
    expect(file.options).toEqual({ type: 'text/plain', length: 10, disposition: contentDisposition });
    expect((await readAll(file.getStream())).toString()).toBe('0123456789');
    expect((await readAll(await storage.stream('a.txt', { range: { start: 8 } }))).toString()).toBe('89');
  });

  it('gives what a browser would run as an attachment that keeps its name', async () => {
    const storage = open();
    await storage.put('a.svg', '<svg/>', { contentDisposition: 'inline; filename="b.svg"' });
    await storage.put('a.html', '<p>');
    const dispositionOf = async (key: string) => {
      const file = await storage.file(key);
      file.getStream().destroy();
      return file.options.disposition;
    };
    expect(await dispositionOf('a.svg')).toBe('attachment; filename="b.svg"');
    expect(await dispositionOf('a.html')).toBe('attachment');
  });

  it('takes neither a missing prefix for all keys nor a string for many', async () => {
    const storage = open();
    await storage.put('a', 'x');
    await storage.put('b', 'x');
    const careless = storage as unknown as Record<
      'deletePrefix' | 'deleteMany',
      (value: unknown) => Promise<unknown>
    >;
    for (const prefix of [undefined, null, '', 5])
      await expectCode(careless.deletePrefix(prefix), 'INVALID_ARGUMENT');
    await expectCode(careless.deleteMany('ab'), 'INVALID_ARGUMENT');
    expect((await storage.page()).objects).toHaveLength(2);
  });

  it('says of a body that fails what its backend says of the error', async () => {
    const failing = () =>
      new Readable({
        read() {
          this.destroy(new Error('reset by peer'));
        },
      });
    const info = { key: 'k', size: 5, lastModified: new Date(), etag: 'e' };
    const backend = fakeBackend({
      get: () => Promise.resolve({ info, body: failing() }),
      errorCode: () => ({ code: 'UNAVAILABLE', reason: 'reset', retryAfterMs: 1500 }),
    });
    const error = await expectCode(new StorageService('files', backend).bytes('k'), 'UNAVAILABLE');
    expect(error).toMatchObject({
      reason: 'reset',
      retryAfterMs: 1500,
      key: 'k',
      operation: 'get',
      storage: 'files',
    });
  });

  it('does not take a refusal for absence', async () => {
    const denied = fakeBackend({ head: () => Promise.reject(new StorageError('PERMISSION_DENIED', 'no')) });
    await expectCode(new StorageService('files', denied).exists('k'), 'PERMISSION_DENIED');
    const gone = fakeBackend({ head: () => Promise.reject(new StorageError('BUCKET_NOT_FOUND', 'no')) });
    await expectCode(new StorageService('files', gone).exists('k'), 'BUCKET_NOT_FOUND');
  });

  it('moves without the condition where the backend cannot delete with one', async () => {
    const deletes: unknown[] = [];
    const backend = fakeBackend({
      delete: (_, { ifMatch }) => {
        deletes.push(ifMatch);
        return ifMatch === undefined
          ? Promise.resolve()
          : Promise.reject(new StorageError('UNSUPPORTED', 'no'));
      },
    });
    await new StorageService('files', backend).move('a', 'b');
    expect(deletes).toEqual(['e', undefined]);
  });

  it('has moved an object that somebody else deleted after the copy', async () => {
    const backend = new MemoryBackend();
    const copy = backend.copy.bind(backend);
    backend.copy = async (from, to, options) => {
      const copied = await copy(from, to, options);
      await backend.delete(from, {});
      return copied;
    };
    const storage = new StorageService('files', backend);
    await storage.put('a', 'x');
    await expect(storage.move('a', 'b')).resolves.toMatchObject({ key: 'b' });
    await expect(storage.text('b')).resolves.toBe('x');
  });

  it('copies for a move only what it looked at, unless the caller says otherwise', async () => {
    const conditions: unknown[] = [];
    const backend = fakeBackend({
      copy: (_, key, { ifMatch }) => {
        conditions.push(ifMatch);
        return Promise.resolve({ ...INFO, key });
      },
    });
    const storage = new StorageService('files', backend);
    await storage.move('a', 'b');
    await storage.move('a', 'b', { ifMatch: undefined });
    await storage.move('a', 'b', { ifMatch: 'other' });
    expect(conditions).toEqual(['e', 'e', 'other']);
  });

  it('reports what deletePrefix could not delete', async () => {
    const keys = ['p/1', 'p/2', 'p/3'];
    const backend = fakeBackend({
      list: () => Promise.resolve({ objects: keys.map((key) => ({ ...INFO, key })), prefixes: [] }),
      delete: (key) =>
        key === 'p/2' ? Promise.reject(new StorageError('PERMISSION_DENIED', 'locked')) : Promise.resolve(),
    });
    const { deleted, failed } = await new StorageService('files', backend).deletePrefix('p/');
    expect(deleted).toBe(2);
    expect(failed.map(({ key, error }) => [key, error?.code])).toEqual([['p/2', 'PERMISSION_DENIED']]);
  });

  it('deletes at most 16 at once where the backend has no batch', async () => {
    let inside = 0;
    let most = 0;
    const backend = fakeBackend({
      delete: async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
      },
    });
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    expect(await new StorageService('files', backend).deleteMany(keys)).toHaveLength(100);
    expect(most).toBe(16);
  });

  it('leaves open what is gone when an abort ends a delete of a prefix', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const backend = fakeBackend({
      list: ({ cursor = '' }) => {
        // The first page is deleted by then.
        if (cursor === 'k') controller.abort();
        return Promise.resolve({
          objects: [{ ...INFO, key: `${cursor}k` }],
          prefixes: [],
          cursor: `${cursor}k`,
        });
      },
    });
    const storage = new StorageService('files', backend);
    const { cause } = await expectCode(storage.deletePrefix('k', { signal }), 'OUTCOME_UNKNOWN');
    expect(cause).toMatchObject({ code: 'ABORTED' });
    await expectCode(storage.deletePrefix('k', { signal }), 'ABORTED');
    await expectCode(storage.deleteMany(['a', 'b'], { signal }), 'ABORTED');
  });

  it('leaves open what is gone when an abort ends a delete of many', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const backend = fakeBackend({
      delete: (key) => {
        if (key !== 'b') return Promise.resolve();
        controller.abort();
        return Promise.reject(new StorageError('ABORTED', 'ended'));
      },
    });
    const storage = new StorageService('files', backend);
    const { cause } = await expectCode(storage.deleteMany(['a', 'b', 'c'], { signal }), 'OUTCOME_UNKNOWN');
    expect(cause).toMatchObject({ code: 'ABORTED' });
  });

  it('stops reading pages when nobody asks for more', async () => {
    let pages = 0;
    const backend = fakeBackend({
      list: () =>
        Promise.resolve({ objects: [{ ...INFO, key: `k${++pages}` }], prefixes: [], cursor: 'more' }),
    });
    for await (const { key } of new StorageService('files', backend).list()) if (key === 'k3') break;
    expect(pages).toBe(3);
  });
});
