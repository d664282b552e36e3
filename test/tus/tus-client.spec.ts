import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { keysOf, type Harness } from '../http/harness.js';
import { forEachAdapter } from '../http/support/adapters.js';
import { serveTus, type ServeTusOptions } from './support/serve-tus.js';
import { uploadAll } from './support/tus-client.js';

const MIB = 1024 * 1024;
let harness: Harness | undefined;
const serve = async (options: ServeTusOptions = {}): Promise<Harness> => (harness = await serveTus(options));

forEachAdapter(() => {
  describe('tus-js-client', () => {
    afterEach(async () => {
      await harness?.close();
      harness = undefined;
    });

    it.each([0, 1, 5, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB])(
      'uploads %d bytes at once',
      async (size) => {
        const { url, storage } = await serve();
        const content = randomBytes(size);
        const result = await uploadAll(`${url}/api/documents/tus`, content, {
          metadata: { filename: 'a.bin', filetype: 'application/octet-stream' },
        });
        const key = decodeURIComponent(result.header('Stowage-Key') ?? '');
        expect((await storage.bytes(key)).equals(content)).toBe(true);
        const keys = await keysOf(storage);
        expect(keys.filter((one) => !one.startsWith('pending/'))).toEqual([key]);
        expect(keys.filter((one) => one.startsWith('pending/'))).toHaveLength(1);
      },
    );
  });
});
