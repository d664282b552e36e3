import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import { corsRule } from '../../../src/backends/s3/cors-rule.js';
import { S3Buckets } from '../../../src/backends/s3/buckets.js';
import type { StorageBackend } from '../../../src/core/backend.js';
import { StorageHttpModule } from '../../../src/http/index.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { TcpProxy } from '../../faults/tcp-proxy.js';
import { openBucket } from '../../servers/open-bucket.js';
import { describeServers } from '../../servers/s3-servers.js';
import { bundle } from '../../support/browser/bundle.js';
import { describeInChromium } from '../../support/browser/chromium.js';
import { pageServer, type PageServer } from '../../support/browser/page-server.js';
import { within } from '../../support/within.js';
import { keysOf, storages } from '../harness.js';
import { createOn, forEachAdapter } from '../support/adapters.js';

const MIB = 1024 * 1024;
const SECRET = 'a secret of more than 32 characters';

interface OriginPlace {
  readonly backend: StorageBackend;
  readonly destroy: () => Promise<void>;
}
interface Outcome {
  readonly files: readonly { readonly key: string; readonly location?: string }[];
  readonly failed: readonly string[];
}

/** @param open Makes a place that takes files from pages of `origin`, and whose URLs of local disk lead to `url`. */
function fromElsewhere(
  browser: () => Browser,
  open: (origin: string, url: string) => Promise<OriginPlace>,
): void {
  let pages: readonly PageServer[] = [];
  beforeAll(async () => {
    const script = await bundle('test/http/uppy/page.mjs');
    pages = [await pageServer(script), await pageServer(script)];
  }, 90_000);
  afterAll(() => {
    for (const page of pages) page.close();
  });

  forEachAdapter((adapter) => {
    let app: INestApplication;
    /** The URL of the application, known before it listens. */
    let front: TcpProxy;
    let url: string;
    let place: OriginPlace;
    let storage: StorageService;
    beforeAll(async () => {
      front = await TcpProxy.start();
      url = front.endpoint;
      const [{ origin = '' } = {}] = pages;
      place = await open(origin, url);
      storage = new StorageService('documents', place.backend);
      const module = await Test.createTestingModule({
        imports: [
          storages({ documents: place.backend }),
          StorageHttpModule.forRoot({
            storages: {
              documents: {
                operations: ['direct', 'get'],
                maxSize: 20 * MIB,
                types: ['application/octet-stream', 'text/plain', 'image/png'],
              },
            },
            secret: SECRET,
            baseUrl: url,
            principal: ({ headers }) => /^Bearer (\w+)$/.exec(headers.authorization ?? '')?.[1],
            authorize: ({ principal }) => typeof principal === 'string' && { scope: `users/${principal}` },
          }),
        ],
      }).compile();
      app = createOn(adapter, module);
      // As docs/uppy.md says it.
      app.enableCors({ origin, methods: ['GET', 'POST', 'PUT', 'DELETE'], exposedHeaders: ['ETag'] });
      await app.listen(0, '127.0.0.1');
      front.leadTo(await app.getUrl());
    }, 60_000);
    afterAll(async () => {
      await front.close();
      await app.close();
      await place.backend.close?.();
      await place.destroy();
    }, 30_000);

    let context: BrowserContext;
    let page: Page;
    const base = (): string => `${url}/api/documents/direct`;
    const call = (name: string, ...args: readonly unknown[]): Promise<unknown> =>
      page.evaluate(`globalThis.${name}(...${JSON.stringify(args)})`);
    const until = (condition: string): Promise<unknown> =>
      page.waitForFunction(condition, undefined, { timeout: 30_000, polling: 20 });
    const visit = async ({ origin }: { readonly origin: string }, parts = true): Promise<void> => {
      await page.goto(`${origin}/page`);
      await until('globalThis.begin !== undefined');
      await call('begin', { mode: 'signRequest', base: base(), token: 'ann', parts });
    };
    const outcome = async (): Promise<Outcome> => {
      await until('globalThis.outcome !== undefined');
      return page.evaluate<Outcome>('globalThis.outcome');
    };
    const upload = async (file: object): Promise<Outcome> => {
      await call('add', file);
      await call('upload', base(), 'ann');
      return outcome();
    };
    beforeEach(async () => {
      context = await browser().newContext();
      page = await context.newPage();
    }, 30_000);
    afterEach(async () => {
      await within(context.close(), 'the end of the page', 15_000);
    }, 20_000);

    const mine = (): { readonly origin: string } => pages[0] ?? { origin: '' };
    const left = async () => (await keysOf(storage)).filter((key) => key.startsWith('pending/'));

    it('sends parts, goes on after a pause, and gets a URL that it can read', async () => {
      await visit(mine());
      await page.evaluate('globalThis.pauseAfter = 1');
      await call('add', { name: 'a.bin', type: '', size: 12 * MIB });
      await call('upload', base(), 'ann');
      await until('globalThis.paused === true');
      await page.evaluate('globalThis.uppy.resumeAll()');
      const { files, failed } = await outcome();
      expect(failed).toEqual([]);
      expect(await page.evaluate('globalThis.sent')).toEqual([1, 2, 3]);
      const [{ key = '', location = '' } = {}] = files;
      expect((await storage.head(`users/ann/${key}`)).size).toBe(12 * MIB);
      expect(location).toBe(`${url}/api/documents/objects/${key}`);
      const read = `fetch(${JSON.stringify(location)}, { headers: { authorization: 'Bearer ann' } }).then((r) => r.blob()).then((b) => b.size)`;
      expect(await page.evaluate(read)).toBe(12 * MIB);
      expect(await left()).toEqual([]);
    }, 60_000);

    it.each([
      ['an empty file', '', true],
      ['a small file as a whole', 'hello', false],
    ] as const)(
      'sends %s',
      async (_, text, parts) => {
        await visit(mine(), parts);
        const { files, failed } = await upload({ name: 'a.txt', type: 'text/plain', text });
        expect(failed).toEqual([]);
        expect((await storage.bytes(`users/ann/${files[0]?.key}`)).toString()).toBe(text);
        expect(await left()).toEqual([]);
      },
      30_000,
    );

    it('learns why a file is refused, and can abort one', async () => {
      await visit(mine());
      const { failed } = await upload({ name: 'a.png', type: 'image/png', text: 'no image' });
      expect(failed).toEqual(['S3 returned 415 – TYPE_REFUSED']);
      await visit(mine());
      await page.evaluate('globalThis.pauseAfter = 1');
      await call('add', { name: 'a.bin', type: '', size: 12 * MIB });
      await call('upload', base(), 'ann');
      await until('globalThis.paused === true');
      const aborted = page.waitForResponse((response) => response.request().method() === 'DELETE', {
        timeout: 20_000,
      });
      await page.evaluate('globalThis.uppy.cancelAll()');
      expect((await aborted).status()).toBe(204);
      expect(await left()).toEqual([]);
    }, 60_000);

    it('is not served on a page of an origin that is not allowed', async () => {
      await visit(pages[1] ?? { origin: '' });
      const before = await keysOf(storage);
      const { files, failed } = await upload({ name: 'a.txt', type: 'text/plain', text: 'hello' });
      expect([files, failed.length]).toEqual([[], 1]);
      expect(await keysOf(storage)).toEqual(before);
    }, 30_000);
  });
}

describe('A page of another origin than the application', () => {
  describe('and files on local disk', () => {
    describeInChromium('Uppy', (browser) =>
      fromElsewhere(browser, async (_, url) => {
        const root = await mkdtemp(join(tmpdir(), 'stowage-origin-'));
        const signing = { secret: SECRET, baseUrl: url, storage: 'documents' };
        const backend = new LocalBackend({ root, signing });
        return { backend, destroy: () => rm(root, { recursive: true, force: true }) };
      }),
    );
  });

  describeServers({ only: ['versitygw'] }, (server) => {
    describe('and a bucket of a third', () => {
      describeInChromium('Uppy', (browser) =>
        fromElsewhere(browser, async (origin) => {
          const { name, endpoint, region, accessKeyId, secretAccessKey } = server();
          const { bucket, destroy } = await openBucket(server());
          const credentials = { accessKeyId, secretAccessKey };
          const backend = new S3Backend({ bucket, endpoint, region, credentials, profile: name });
          await new StorageService('documents', backend).as(S3Buckets).setCors([corsRule([origin])]);
          return { backend, destroy };
        }),
      );
    });
  });
});
