import { afterEach, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { StorageBackend } from '../../src/core/backend.js';
import { StorageError } from '../../src/core/error.js';
import { form, keysOf, serveDocuments, type Harness } from './harness.js';
import { altered } from './support/altered.js';
import { describeAdapters } from './support/adapters.js';

let server: Harness;
afterEach(() => server.close());

/** As most S3 servers are. */
function withoutConditionalDeletes(): StorageBackend {
  const inner = new MemoryBackend();
  return altered(inner, {
    delete: (key, options) => {
      if (options?.ifMatch === undefined) return inner.delete(key, options);
      return Promise.reject(new StorageError('UNSUPPORTED', 'no delete with ifMatch'));
    },
  });
}

describeAdapters('A refused upload under keys of the application', () => {
  /** An upload of two files, of which the second is refused: what `meanwhile` does is done between them. */
  const upload = async (
    backend: StorageBackend,
    meanwhile: () => Promise<unknown>,
  ): Promise<readonly (string | number)[]> => {
    server = await serveDocuments(
      {
        maxSize: 10,
        key: async ({ name }) => {
          if (name === 'second.txt') {
            expect(await keysOf(server.storage)).toEqual(['first.txt']);
            await meanwhile();
          }
          return name;
        },
      },
      { backend },
    );
    const body = form(['files', 'hers', 'first.txt'], ['files', 'more than ten bytes', 'second.txt']);
    const response = await fetch(`${server.url}/api/documents/upload`, { method: 'POST', body });
    return [response.status, ...(await keysOf(server.storage))];
  };

  for (const [where, open] of [
    ['', () => new MemoryBackend()],
    [', where no delete has a condition', withoutConditionalDeletes],
  ] as const) {
    it(`deletes what it has stored${where}`, async () => {
      expect(await upload(open(), () => Promise.resolve())).toEqual([413]);
    });

    it(`leaves alone what somebody has put there since${where}`, async () => {
      expect(await upload(open(), () => server.storage.put('first.txt', 'of another'))).toEqual([
        413,
        'first.txt',
      ]);
      expect(await server.storage.text('first.txt')).toBe('of another');
    });

    it(`is content with what somebody has deleted since${where}`, async () => {
      expect(await upload(open(), () => server.storage.delete('first.txt'))).toEqual([413]);
    });
  }
});
