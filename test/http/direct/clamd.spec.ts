import { afterEach, expect, it } from '@jest/globals';
import { ClamdScanner, StorageHttpModule } from '../../../src/http/index.js';
import { describeClamd } from '../../servers/clamd-server.js';
import { EICAR } from '../../servers/eicar.mjs';
import { boot, keysOf, storages, type Harness } from '../harness.js';
import { forEachPlace } from '../support/places.js';
import { SECRET } from './direct-places.js';

describeClamd((clamd) => {
  forEachPlace(
    (place) => {
      let app: Harness | undefined;
      afterEach(() => app?.close());

      it('a direct upload that is clean passes, one with EICAR is 422 and leaves nothing', async () => {
        const { host, port } = clamd();
        const { backend, destroy } = await place.open();
        const told: string[] = [];
        const documents = {
          operations: ['direct', 'get'] as const,
          scanner: new ClamdScanner({ host, port }),
          onStored: ({ key }: { readonly key: string }) => void told.push(key),
        };
        const module = StorageHttpModule.forRoot({
          storages: { documents },
          authorize: () => true,
          secret: SECRET,
        });
        const { url, storage } = (app = await boot([storages({ documents: backend }), module], { destroy }));
        const post = (path: string, body: object): Promise<Response> =>
          fetch(`${url}/api/documents/${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          });
        const send = async (content: string): Promise<Response> => {
          const size = Buffer.byteLength(content);
          const begun = await post('direct', { name: 'a.txt', contentType: 'text/plain', size });
          const { url, method, headers, ticket } = (await begun.json()) as {
            readonly url: string;
            readonly method: string;
            readonly headers: Record<string, string>;
            readonly ticket: string;
          };
          // To the bucket, past the application.
          expect(new URL(url).host).not.toBe(new URL(app?.url ?? '').host);
          expect((await fetch(url, { method, headers, body: content })).status).toBe(200);
          expect((await keysOf(storage)).filter((key) => key.startsWith('pending/'))).toHaveLength(1);
          return post('direct/confirm', { ticket });
        };

        const clean = await send('harmless');
        expect(clean.status).toBe(201);
        const { key } = (await clean.json()) as { readonly key: string };
        expect(await storage.text(key)).toBe('harmless');
        expect([await keysOf(storage), told]).toEqual([[key], [key]]);
        for (const content of [EICAR, `${'harmless '.repeat(100_000)}${EICAR} and more`]) {
          const refused = await send(content);
          expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
            422,
            'CONTENT_REFUSED',
          ]);
          expect([await keysOf(storage), told]).toEqual([[key], [key]]);
        }
      }, 30_000);
    },
    undefined,
    ['versitygw', 'minio'],
  );
});
