import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { StorageBackend } from '../../../src/core/backend.js';
import { MultipartUploads } from '../../../src/core/multipart-uploads.js';
import { bundle } from '../../support/browser/bundle.js';
import { within } from '../../support/within.js';
import { keysOf } from '../harness.js';
import { forEachAdapter } from '../support/adapters.js';
import { servePage, type ServedPage } from './served-page.js';

const MIB = 1024 * 1024;

/** Where files go, and what the tests have to know of it. */
export interface UppyPlace {
  readonly backend: StorageBackend;
  /** Told the URL of the application. */
  readonly at?: (url: string) => Promise<void> | void;
  readonly destroy: () => Promise<void>;
}

interface Outcome {
  readonly files: readonly { readonly key: string; readonly location?: string }[];
  readonly failed: readonly string[];
}

/** What Uppy does with each storage, in both of its modes. @param isDirect Whether the bytes go past the application. */
export function uppyContract(
  browser: () => Browser,
  create: () => Promise<UppyPlace>,
  { isDirect }: { readonly isDirect: boolean },
): void {
  let script: string;
  beforeAll(async () => {
    script = await bundle('test/http/uppy/page.mjs');
  }, 90_000);

  forEachAdapter((adapter) => {
    let place: UppyPlace;
    let app: ServedPage;
    beforeAll(async () => {
      place = await create();
      app = await servePage(script, adapter, place.backend);
      await place.at?.(app.url);
    }, 60_000);
    afterAll(async () => {
      await app.close();
      await place.backend.close?.();
      await place.destroy();
    }, 30_000);

    describe.each(['signRequest', 'companion'] as const)('by %s', (mode) => {
      let context: BrowserContext;
      let page: Page;
      const call = (name: string, ...args: readonly unknown[]): Promise<unknown> =>
        page.evaluate(`globalThis.${name}(...${JSON.stringify(args)})`);
      const until = (condition: string): Promise<unknown> =>
        page.waitForFunction(condition, undefined, { timeout: 30_000, polling: 20 });
      const base = (): string => `${app.url}/api/documents/direct`;
      const begin = (parts = true) => call('begin', { mode, base: base(), token: 'ann', parts });
      const outcome = async (): Promise<Outcome> => {
        await until('globalThis.outcome !== undefined');
        return page.evaluate<Outcome>('globalThis.outcome');
      };
      const upload = async (file: object): Promise<Outcome> => {
        await call('add', file);
        await call('upload', base(), 'ann');
        return outcome();
      };
      /** An upload of 12 MiB that waits behind its first part. */
      const pausedUpload = async (): Promise<void> => {
        await page.evaluate('globalThis.pauseAfter = 1');
        await call('add', { name: 'a.bin', type: '', size: 12 * MIB });
        await call('upload', base(), 'ann');
        await until('globalThis.paused === true');
      };
      const left = async (): Promise<readonly string[]> => {
        const objects: string[] = [];
        for (const key of await keysOf(app.storage)) if (key.startsWith('pending/')) objects.push(key);
        const { uploads } = await app.storage.as(MultipartUploads).list({ prefix: 'pending/' });
        return [...objects, ...uploads.map(({ key }) => `upload of ${key}`)];
      };
      const eventually = async (check: () => Promise<boolean>): Promise<void> => {
        for (let tries = 0; tries < 400; tries++) {
          if (await check()) return;
          await page.waitForTimeout(50);
        }
        throw new Error('It did not come about');
      };

      beforeEach(async () => {
        context = await browser().newContext();
        page = await context.newPage();
        await page.goto(`${app.url}/page`);
        await until('globalThis.begin !== undefined');
        await begin();
      }, 30_000);
      afterEach(async () => {
        await within(context.close(), 'the end of the page', 15_000);
      }, 20_000);

      it('stores a small file with a name of any letters', async () => {
        const { files, failed } = await upload({
          name: 'grüße 日本 & <x>.txt',
          type: 'text/plain',
          text: 'hello',
        });
        expect(failed).toEqual([]);
        const [{ key = '', location } = {}] = files;
        const info = await app.storage.head(`users/ann/${key}`);
        expect([info.size, info.contentType]).toEqual([5, 'text/plain']);
        expect(info.contentDisposition).toContain(encodeURIComponent('grüße 日本'));
        expect(location).toBe(`/api/documents/objects/${key}`);
        const read = await page.request.get(`${app.url}${location}`, {
          headers: { authorization: 'Bearer ann' },
        });
        expect([read.status(), await read.text()]).toEqual([200, 'hello']);
        expect(await left()).toEqual([]);
      }, 30_000);

      it('stores an empty file', async () => {
        const { files, failed } = await upload({ name: 'empty.txt', type: 'text/plain', text: '' });
        expect(failed).toEqual([]);
        expect((await app.storage.head(`users/ann/${files[0]?.key}`)).size).toBe(0);
        expect(await left()).toEqual([]);
      }, 30_000);

      it('stores small files as a whole, when it is not told to send parts', async () => {
        await begin(false);
        for (const [name, text] of [
          ['a.txt', 'hello'],
          ['grüße.txt', ''],
        ]) {
          const { files, failed } = await upload({ name, type: 'text/plain', text });
          expect(failed).toEqual([]);
          const { info, body } = await app.storage.get(`users/ann/${files[0]?.key}`);
          expect(info.contentType).toBe('text/plain');
          expect(info.metadata ?? {}).not.toHaveProperty('upload-ticket');
          expect(info.contentDisposition).toContain(name === 'a.txt' ? 'a.txt' : encodeURIComponent('grüße'));
          expect(Buffer.concat(await body.toArray()).toString()).toBe(text);
          await begin(false);
        }
        expect(await page.evaluate('globalThis.sent')).toEqual([]);
        expect(await left()).toEqual([]);
      }, 30_000);

      it('tells that a whole file is refused, and keeps none of it', async () => {
        await begin(false);
        const { failed } = await upload({ name: 'a.png', type: 'image/png', text: 'no image' });
        expect(failed[0]).toContain('TYPE_REFUSED');
        await begin(false);
        const large = await upload({ name: 'a.bin', type: '', size: 21 * MIB });
        expect(large.files).toEqual([]);
        expect(large.failed).toHaveLength(1);
        expect(await left()).toEqual([]);
      }, 60_000);

      it('stores 12 MiB in parts', async () => {
        const before = app.received();
        const { files, failed } = await upload({ name: 'a.bin', type: '', size: 12 * MIB });
        expect(failed).toEqual([]);
        const crossed = app.received() - before;
        if (isDirect) expect(crossed).toBeLessThan(64 * 1024);
        else expect(crossed).toBeGreaterThan(12 * MIB);
        expect(await page.evaluate('globalThis.sent')).toEqual([1, 2, 3]);
        const { body, info } = await app.storage.get(`users/ann/${files[0]?.key}`);
        expect(info.size).toBe(12 * MIB);
        const content = Buffer.concat(await body.toArray());
        expect([...content.filter((_, at) => at % MIB === 0)]).toEqual([
          1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        ]);
        expect(await left()).toEqual([]);
      }, 60_000);

      it('goes on after a pause, and sends no part twice', async () => {
        await pausedUpload();
        await page.evaluate('globalThis.uppy.resumeAll()');
        expect((await outcome()).failed).toEqual([]);
        expect(await page.evaluate('globalThis.sent')).toEqual([1, 2, 3]);
        expect(await left()).toEqual([]);
      }, 60_000);

      it('tells that the content is refused, and keeps none of it', async () => {
        const { files, failed } = await upload({ name: 'a.png', type: 'image/png', text: 'no image' });
        expect(files).toEqual([]);
        expect(failed).toEqual([
          mode === 'companion'
            ? 'Companion request failed: Unsupported Media Type'
            : 'S3 returned 415 – TYPE_REFUSED',
        ]);
        expect(await left()).toEqual([]);
      }, 30_000);

      it('tells that a type is refused, before anything is sent', async () => {
        const { failed } = await upload({ name: 'a.html', type: 'text/html', text: '<b>' });
        expect(failed[0]).toMatch(mode === 'companion' ? /Unsupported Media Type/ : /TYPE_REFUSED/);
        expect(await left()).toEqual([]);
      }, 30_000);

      it('tells that a file is too large, and keeps none of it', async () => {
        const { failed } = await upload({ name: 'a.bin', type: '', size: 21 * MIB });
        expect(failed[0]).toMatch(mode === 'companion' ? /Content Too Large|Payload Too Large/ : /TOO_LARGE/);
        expect(await left()).toEqual([]);
      }, 60_000);

      it('leaves nothing of an upload that is cancelled', async () => {
        await pausedUpload();
        expect((await left()).length).toBeGreaterThan(0);
        await page.evaluate('globalThis.uppy.cancelAll()');
        await eventually(async () => (await left()).length === 0);
      }, 60_000);

      it('goes on when the connection comes back', async () => {
        await pausedUpload();
        await context.setOffline(true);
        await page.evaluate('globalThis.uppy.resumeAll()');
        await page.waitForTimeout(200);
        expect(await page.evaluate('globalThis.sent')).toEqual([1]);
        await context.setOffline(false);
        const first = await outcome();
        // With Companion Uppy asks for a URL at once, and goes on where it was when its user tries again.
        if (mode === 'companion' && first.failed.length > 0) {
          await call('retry');
          expect((await outcome()).failed).toEqual([]);
        } else expect(first.failed).toEqual([]);
        expect(await page.evaluate('globalThis.sent')).toEqual([1, 2, 3]);
        expect(await left()).toEqual([]);
      }, 90_000);

      it('sends a part again whose connection broke', async () => {
        let puts = 0;
        await page.route('**/*', (route) =>
          route.request().method() === 'PUT' && ++puts === 2
            ? route.abort('connectionreset')
            : route.continue(),
        );
        const { failed } = await upload({ name: 'a.bin', type: '', size: 12 * MIB });
        expect(failed).toEqual([]);
        expect(puts).toBe(4);
        expect(await left()).toEqual([]);
      }, 60_000);
    });
  });
}
