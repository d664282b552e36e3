import { randomBytes } from 'node:crypto';
import { request as httpRequest, type Server } from 'node:http';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { ClamdScanner } from '../../src/http/index.js';
import { describeClamd } from '../servers/clamd-server.js';
import { EICAR, EICAR_NAME } from '../servers/eicar.mjs';
import type { ClamdServer } from '../servers/start-server.mjs';
import { ClientSockets } from '../support/client-sockets.js';
import { boot, form, keysOf, serveDocuments, storages, type Harness } from './harness.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { forEachPlace } from './support/places.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;
const pidOf = ({ processes }: ClamdServer): number =>
  processes.find(({ name }) => name === 'clamd')?.pid ?? 0;

let logged: string[];
beforeEach(() => {
  logged = [];
  for (const level of ['warn', 'error'] as const)
    jest.spyOn(Logger.prototype, level).mockImplementation((text: unknown) => void logged.push(String(text)));
});
afterEach(() => void jest.restoreAllMocks());

describeClamd((clamd) => {
  const scanner = (): ClamdScanner => new ClamdScanner({ host: clamd().host, port: clamd().port });

  forEachPlace((place) => {
    let app: Harness;
    let sockets: ClientSockets;
    const start = async (options: { readonly scanTimeoutMs?: number } = {}): Promise<Harness> => {
      const { backend, destroy } = await place.open();
      return serveDocuments({ scanner: scanner(), maxSize: 40 * MIB, ...options }, { backend, destroy });
    };
    beforeAll(async () => {
      sockets = new ClientSockets();
      app = await start();
    });
    afterAll(async () => {
      sockets.stop();
      await app.close();
    });
    afterEach(async () => {
      for (const key of await keysOf(app.storage)) await app.storage.delete(key);
    });

    const toClamd = (): number => sockets.open(clamd().port);
    const fromClients = (): Promise<number> =>
      promisify((then: (error: Error | null, count: number) => void) =>
        (app.app.getHttpServer() as Server).getConnections(then),
      )();
    const upload = (...contents: readonly (string | Uint8Array)[]): Promise<Response> =>
      fetch(`${app.url}/api/documents/upload`, {
        method: 'POST',
        body: form(...contents.map((content) => ['files', content, 'a.bin'] as const)),
        headers: { connection: 'close' },
      });
    const expectNothingLeft = async (): Promise<void> => {
      expect(await keysOf(app.storage)).toEqual([]);
      if (app.storage.supports(MultipartUploads)) {
        const uploads = app.storage.as(MultipartUploads);
        await until(async () => (await uploads.list()).uploads.length === 0);
      }
      await until(async () => toClamd() === 0 && (await fromClients()) === 0);
    };

    it('stores what is clean, and refuses EICAR', async () => {
      const [clean] = (await (await upload('harmless')).json()) as { key: string }[];
      expect(await app.storage.text(clean?.key ?? '')).toBe('harmless');
      await app.storage.delete(clean?.key ?? '');
      const response = await upload(EICAR);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        422,
        'CONTENT_REFUSED',
      ]);
      expect(logged).toEqual([`An uploaded file was refused, the scanner found "${EICAR_NAME}"`]);
      await expectNothingLeft();
    });

    it('refuses a file of several parts with EICAR near its end, and one that is clean it stores', async () => {
      const noise = randomBytes(12 * MIB);
      const response = await upload(Buffer.concat([noise, Buffer.from(EICAR), noise.subarray(0, MIB)]));
      expect(response.status).toBe(422);
      await expectNothingLeft();
      const [stored] = (await (await upload(noise)).json()) as { key: string }[];
      expect((await app.storage.bytes(stored?.key ?? '')).equals(noise)).toBe(true);
    }, 30_000);

    it('takes nothing of a form with EICAR in one of its files', async () => {
      expect((await upload('one', EICAR, 'three')).status).toBe(422);
      await expectNothingLeft();
    });

    it('takes nothing that clamd finds too large', async () => {
      expect((await upload(Buffer.alloc(clamd().streamMaxLength + MIB))).status).toBe(503);
      expect(logged.join()).toMatch(/has no verdict: .*clamd/);
      await expectNothingLeft();
    }, 30_000);

    it('takes nothing while clamd stands still, and gives its sockets back', async () => {
      const patient = app;
      app = await start({ scanTimeoutMs: 1_000 });
      process.kill(pidOf(clamd()), 'SIGSTOP');
      try {
        const [small, large] = await Promise.all([upload('small'), upload(randomBytes(20 * MIB))]);
        expect([small.status, large.status]).toEqual([503, 503]);
        await expectNothingLeft();
      } finally {
        process.kill(pidOf(clamd()), 'SIGCONT');
        await app.close();
        app = patient;
      }
      expect((await upload('again')).status).toBe(201);
    }, 30_000);

    it('gives the sockets of clients back that go in the middle', async () => {
      const clients = Array.from({ length: 20 }, () => {
        const request = httpRequest(`${app.url}/api/documents/upload`, {
          method: 'POST',
          headers: { 'content-type': 'multipart/form-data; boundary=XX' },
        });
        request.on('error', () => undefined);
        request.write('--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
        request.write(randomBytes(MIB));
        return request;
      });
      await until(async () => toClamd() === clients.length && (await fromClients()) === clients.length);
      for (const client of clients) client.destroy();
      await expectNothingLeft();
    }, 30_000);

    it('tells fifty at once apart', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const response = await upload(
            Buffer.concat([randomBytes(50_000), Buffer.from(index % 5 === 0 ? EICAR : 'x')]),
          );
          await response.arrayBuffer();
          return response.status;
        }),
      );
      expect(statuses).toEqual(statuses.map((_, index) => (index % 5 === 0 ? 422 : 201)));
      expect(await keysOf(app.storage)).toHaveLength(40);
    }, 60_000);
  });

  describe('with signed URLs', () => {
    let app: Harness;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'stowage-scan-'));
      const backend = new LocalBackend({
        root: folder,
        durability: 'rename',
        signing: {
          secret: 'a secret of the tests, long enough',
          storage: 'documents',
          baseUrl: () => app.url,
        },
      });
      app = await boot([
        storages({ documents: backend }),
        StorageHttpModule.forRoot({
          storages: { documents: { operations: ['get'], scanner: scanner(), scanTimeoutMs: 4_000 } },
          authorize: () => false,
        }),
      ]);
    });
    afterAll(async () => {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    });
    const put = async (body: string | Uint8Array): Promise<number> => {
      const { url } = await app.storage.signedUrl('a/b.bin', { method: 'PUT' });
      return (await fetch(url, { method: 'PUT', body: Buffer.from(body) })).status;
    };

    it('takes what is clean, and keeps it when EICAR comes, or clamd does not answer', async () => {
      expect(await put('the first')).toBe(200);
      expect(await put(EICAR)).toBe(422);
      expect(await put(Buffer.concat([randomBytes(3 * MIB), Buffer.from(EICAR)]))).toBe(422);
      process.kill(pidOf(clamd()), 'SIGSTOP');
      try {
        expect(await put('the second')).toBe(503);
      } finally {
        process.kill(pidOf(clamd()), 'SIGCONT');
      }
      expect(await app.storage.text('a/b.bin')).toBe('the first');
      const owned = await readdir(join(folder, '.stowage', 'tmp'), { recursive: true, withFileTypes: true });
      expect(owned.filter((entry) => entry.isFile() && !entry.name.includes('owner'))).toEqual([]);
    }, 20_000);
  });
});
