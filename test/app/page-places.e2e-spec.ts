import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Environment } from '../../src/app/app.module.js';
import { createApp } from '../../src/app/create-app.js';
import { describeServers } from '../servers/s3-servers.js';
import { describeInChromium } from '../support/browser/chromium.js';
import { within } from '../support/within.js';
import { buildPage } from './support/built-page.js';

const MIB = 1024 * 1024;
const NAMES = ['DOCUMENTS', 'AUDIO', 'IMAGES'];

/** What a lost connection and a page that is left do to an upload of the page, where the server keeps its objects as `env` says. */
function promises(browser: () => Browser, env: () => Environment): void {
  let built: Awaited<ReturnType<typeof buildPage>>;
  let root: string;
  let content: Buffer;
  let app: NestExpressApplication | undefined;
  let context: BrowserContext | undefined;
  let page: Page;
  let url: string;
  let offsets: number[];

  beforeAll(async () => {
    built = await buildPage();
  }, 90_000);
  afterAll(() => built?.remove());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-page-place-'));
    // Of a file on disk the browser knows when it was changed, and so that it is the same after a reload.
    content = Buffer.from(randomBytes(8 * MIB).toString('hex'));
    await writeFile(join(root, 'long.txt'), content);
    app = await createApp({ STORAGE_LOCAL_ROOT: join(root, 'data'), PORT: '0', ...env() }, built.folder);
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/`;
    context = await browser().newContext();
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    offsets = [];
    page.on('response', (response) => {
      const offset = response.headers()['upload-offset'];
      if (response.request().method() === 'HEAD' && offset !== undefined) offsets.push(Number(offset));
    });
    await page.goto(url);
  }, 40_000);
  afterEach(async () => {
    await context?.close();
    if (app) await within(app.close(), 'the end of the server', 20_000);
    context = app = undefined;
    await rm(root, { recursive: true, force: true });
  }, 40_000);

  const add = async (): Promise<void> => {
    await page.locator('.uppy-Dashboard-input').first().setInputFiles(join(root, 'long.txt'));
    await page.getByRole('button', { name: /^Upload \d+ file/ }).click();
  };
  /** @param throughput Bytes in a second; -1: as fast as it goes. */
  const network = async (throughput: number): Promise<void> => {
    const session = await context!.newCDPSession(page);
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: throughput,
    });
  };
  const isStored = async (): Promise<void> => {
    await page.locator('#rows tr', { hasText: '.txt' }).waitFor({ timeout: 60_000 });
    expect(offsets.some((offset) => offset > 0)).toBe(true);
    const list = (await (await fetch(`${url}api/documents/objects`)).json()) as {
      readonly objects: readonly { readonly key: string }[];
    };
    expect(list.objects).toHaveLength(1);
    const stored = await fetch(`${url}api/documents/objects/${list.objects[0]!.key}`);
    expect(Buffer.from(await stored.arrayBuffer()).equals(content)).toBe(true);
  };
  const isMoving = (): Promise<void> => page.locator('#speed', { hasText: /[1-9].*MiB\/s/ }).waitFor();

  it('goes on after a reload', async () => {
    await network(4 * MIB);
    await add();
    await isMoving();
    await page
      .getByRole('button', { name: /^Pause/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /^Resume/ })
      .first()
      .waitFor();
    await page.reload();
    await network(-1);
    await add();
    await isStored();
  }, 120_000);

  it('goes on by itself when its connection is cut', async () => {
    await network(4 * MIB);
    await add();
    await isMoving();
    app!.getHttpServer().closeAllConnections();
    await isStored();
  }, 120_000);
}

describeInChromium('An upload by tus', (browser) => {
  describe('to local disk', () => promises(browser, () => ({})));

  describeServers({ only: ['versitygw', 'minio'] }, (server, name) => {
    const prefix = name === 'minio' ? 'MINIO' : 'S3';
    promises(browser, () => ({
      STORAGE_PROVIDER: prefix.toLowerCase(),
      STORAGE_CREATE_BUCKETS: 'true',
      [`${prefix}_ENDPOINT`]: server().endpoint,
      [`${prefix}_REGION`]: server().region,
      [`${prefix}_ACCESS_KEY`]: server().accessKeyId,
      [`${prefix}_SECRET_KEY`]: server().secretAccessKey,
      ...(prefix === 'S3' && { S3_PROFILE: name }),
      ...Object.fromEntries(
        NAMES.map((one) => [`${prefix}_BUCKET_${one}`, `page-${randomBytes(8).toString('hex')}`]),
      ),
    }));
  });
});
