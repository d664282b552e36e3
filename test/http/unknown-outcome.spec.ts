import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageError } from '../../src/core/error.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { form, keysOf, serveDocuments, type Harness } from './harness.js';
import { forEachAdapter } from './support/adapters.js';

/** Carries every put out, and loses what came of it. */
const losesAnswers: Layer = async (operation, next) => {
  const result = await next(operation);
  if (operation.name === 'put') throw new StorageError('OUTCOME_UNKNOWN', 'The answer was lost');
  return result;
};

let server: Harness;
afterEach(() => server.close());

forEachAdapter(() => {
  describe('An upload of which nobody knows whether it is stored', () => {
    const upload = async (key?: () => string): Promise<unknown[]> => {
      const backend = withLayers(new MemoryBackend(), 'documents', [losesAnswers]);
      server = await serveDocuments({ ...(key && { key }) }, { backend });
      const body = form(['files', 'a', 'a.txt'], ['files', 'b', 'b.txt']);
      const response = await fetch(`${server.url}/api/documents/upload`, { method: 'POST', body });
      return [response.status, ((await response.json()) as { code: string }).code];
    };

    it('leaves nothing under a key that was made for it', async () => {
      expect(await upload()).toEqual([500, 'OUTCOME_UNKNOWN']);
      expect(await keysOf(server.storage)).toEqual([]);
    });

    it('deletes nothing under a key that others may have', async () => {
      expect(await upload(() => 'a.txt')).toEqual([500, 'OUTCOME_UNKNOWN']);
      expect(await keysOf(server.storage)).toEqual(['a.txt']);
    });
  });
});
