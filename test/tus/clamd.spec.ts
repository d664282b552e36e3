import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { ClamdScanner } from '../../src/http/index.js';
import { keysOf, type Harness } from '../http/harness.js';
import { forEachPlace } from '../http/support/places.js';
import { describeClamd } from '../servers/clamd-server.js';
import { EICAR } from '../servers/eicar.mjs';
import { MIB } from '../support/bodies.js';
import { serveTus } from './support/serve-tus.js';
import { uploadAll } from './support/tus-client.js';
import { create, patch, tusRequest } from './support/tus-request.js';

describeClamd((clamd) => {
  forEachPlace(
    (place) => {
      let harness: Harness;
      let endpoint: string;
      beforeEach(async () => {
        const { host, port } = clamd();
        const scanner = new ClamdScanner({ host, port });
        harness = await serveTus({ ...(await place.open()), rules: { scanner } });
        endpoint = `${harness.url}/api/documents/tus`;
      });
      afterEach(() => harness.close());

      it('a resumable upload that is clean passes, one with EICAR is 422 and leaves nothing', async () => {
        const noise = randomBytes(9 * MIB);
        const { header, url } = await uploadAll(endpoint, noise);
        const key = decodeURIComponent(header('Stowage-Key') ?? '');
        expect((await harness.storage.bytes(key)).equals(noise)).toBe(true);
        // The record of what came of it.
        const before = [key, `pending/tus/${url.slice(-32)}/record`].sort();
        expect((await keysOf(harness.storage)).sort()).toEqual(before);
        const infected = Buffer.concat([noise, Buffer.from(EICAR), noise.subarray(0, 1000)]);
        for (const content of [Buffer.from(EICAR), infected]) {
          const upload = await create(endpoint, content.byteLength);
          // In two requests, with the cut in the middle of what is found.
          const cut = content.indexOf(EICAR) + 20;
          expect((await patch(upload, 0, content.subarray(0, cut))).status).toBe(204);
          const refused = await patch(upload, cut, content.subarray(cut));
          expect(refused.status).toBe(422);
          expect(JSON.parse(refused.text)).toMatchObject({ code: 'CONTENT_REFUSED' });
          expect((await tusRequest('HEAD', upload)).status).toBe(404);
          expect((await keysOf(harness.storage)).sort()).toEqual(before);
          expect((await harness.storage.as(MultipartUploads).list()).uploads).toEqual([]);
        }
      }, 30_000);
    },
    undefined,
    ['local'],
  );
});
