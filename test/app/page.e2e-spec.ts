import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Environment } from '../../src/app/app.module.js';
import { createApp } from '../../src/app/create-app.js';
import { CONTENTS } from '../http/support/contents.js';
import { describeInChromium } from '../support/browser/chromium.js';
import { within } from '../support/within.js';
import { buildPage } from './support/built-page.js';

const MIB = 1024 * 1024;
const TOKEN = 'a-token-of-ann-0123456789';
const axe = createRequire(import.meta.url).resolve('axe-core');

describeInChromium('The page of the reference server', (browser) => {
  let built: Awaited<ReturnType<typeof buildPage>>;
  let root: string;
  let app: NestExpressApplication | undefined;
  let context: BrowserContext | undefined;
  let url: string;
  let complaints: string[];

  beforeAll(async () => {
    built = await buildPage();
  }, 90_000);
  afterAll(() => built?.remove());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-page-data-'));
    complaints = [];
  });
  afterEach(async () => {
    await context?.close();
    if (app) await within(app.close(), 'the end of the server', 20_000);
    context = app = undefined;
    await rm(root, { recursive: true, force: true });
  }, 40_000);

  async function open(options: BrowserContextOptions = {}, env: Environment = {}): Promise<Page> {
    app = await createApp({ STORAGE_LOCAL_ROOT: root, PORT: '0', ...env }, built.folder);
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/`;
    context = await browser().newContext({ ...options, acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text());
    });
    page.on('request', (request) => {
      if (!/^(?:blob:|data:)/.test(request.url()) && !request.url().startsWith(url))
        complaints.push(`a request to ${request.url()}`);
    });
    await page.goto(url);
    return page;
  }

  interface FilePayload {
    readonly name: string;
    readonly mimeType: string;
    readonly buffer: Buffer;
  }
  const text = (name: string, content: string | Buffer): FilePayload => ({
    name,
    mimeType: 'text/plain',
    buffer: Buffer.from(content),
  });
  const add = async (page: Page, file: FilePayload): Promise<void> => {
    await page.locator('.uppy-Dashboard-input').first().setInputFiles([file]);
    await page.getByRole('button', { name: /^Upload \d+ file/ }).click();
  };
  const row = (page: Page, extension: string) => page.locator('#rows tr', { hasText: extension });

  it('uploads, lists, gives and deletes a file', async () => {
    const page = await open();
    await page.getByText('There is nothing here yet.').waitFor();
    await add(page, text('hello.txt', 'Hello'));
    await row(page, '.txt').waitFor();
    expect(await row(page, '.txt').locator('td').nth(1).textContent()).toBe('5 B');

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download / }).click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toBe('Hello');

    await page.getByLabel('Links are valid for').selectOption('300');
    await page.getByRole('button', { name: /^Link / }).click();
    const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
    const answer = await fetch(link);
    expect([answer.status, await answer.text()]).toEqual([200, 'Hello']);
    const seconds = Number(new URL(link).searchParams.get('expires')) - Date.now() / 1000;
    expect(seconds > 200 && seconds <= 301).toBe(true);
    await page.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('button', { name: /^Delete / }).click();
    await page.getByRole('button', { name: 'Keep' }).click();
    expect(await row(page, '.txt').count()).toBe(1);
    await page.getByRole('button', { name: /^Delete / }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('There is nothing here yet.').waitFor();
    expect((await fetch(link)).status).toBe(404);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('puts each file into the storage that was chosen when it was added', async () => {
    const page = await open();
    await page.getByRole('radio', { name: 'images' }).check();
    await add(page, { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(CONTENTS.png) });
    await row(page, '.png').waitFor();
    await page.getByRole('radio', { name: 'documents' }).check();
    await page.getByText('There is nothing here yet.').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('shows why the server refuses a file', async () => {
    const page = await open();
    await add(page, { name: 'song.txt', mimeType: 'text/plain', buffer: Buffer.from(CONTENTS.png) });
    await page
      .locator('#message', { hasText: /^song\.txt: The content is not of the type text\/plain/ })
      .waitFor();
    expect(await page.locator('#rows tr').count()).toBe(0);
  }, 60_000);

  it('pauses, and goes on where it stopped after a reload', async () => {
    const page = await open();
    const content = Buffer.from(randomBytes(6 * MIB).toString('hex'));
    // Of a file on disk the browser knows again when it was changed, and so that it is the same.
    const file = join(root, '.long.txt');
    await writeFile(file, content);
    const addFile = async (): Promise<void> => {
      await page.locator('.uppy-Dashboard-input').first().setInputFiles(file);
      await page.getByRole('button', { name: /^Upload \d+ file/ }).click();
    };
    const session = await context!.newCDPSession(page);
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 5,
      downloadThroughput: -1,
      uploadThroughput: 3 * MIB,
    });
    await addFile();
    await page.locator('#speed', { hasText: /[1-9].*MiB\/s/ }).waitFor();
    await page
      .getByRole('button', { name: /^Pause/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /^Resume/ })
      .first()
      .waitFor();
    await page.locator('#speed:empty').waitFor({ state: 'attached' });
    const offsets: number[] = [];
    page.on('response', (response) => {
      const offset = response.headers()['upload-offset'];
      if (response.request().method() === 'HEAD' && offset !== undefined) offsets.push(Number(offset));
    });
    await page.reload();
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
    await addFile();
    await row(page, '.txt').waitFor();
    expect(offsets[0]).toBeGreaterThan(0);
    const list = (await (await fetch(`${url}api/documents/objects`)).json()) as {
      objects: { key: string; size: number }[];
    };
    expect(list.objects.map(({ size }) => size)).toEqual([content.length]);
    const stored = await fetch(`${url}api/documents/objects/${list.objects[0]!.key}`);
    expect(Buffer.from(await stored.arrayBuffer()).equals(content)).toBe(true);
  }, 90_000);

  it('asks for a token where the server has users', async () => {
    const page = await open({}, { API_TOKENS: `ann:${TOKEN}` });
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByLabel('Token').press('Enter');
    await page.getByText('There is nothing here yet.').waitFor();
    await add(page, text('hers.txt', 'hers'));
    await row(page, '.txt').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download / }).click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toBe('hers');
  }, 60_000);

  it('can be used by keyboard alone', async () => {
    const page = await open();
    await add(page, text('a.txt', 'a'));
    await row(page, '.txt').waitFor();
    await page.keyboard.press('Tab');
    await page.locator('#refresh').focus();
    for (const name of ['Download', 'Link', 'Delete']) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe(name);
    }
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Keep');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('There is nothing here yet.').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('files');
  }, 60_000);

  it.each(['light', 'dark'] as const)(
    'has no fault that axe finds, %s',
    async (colorScheme) => {
      const page = await open({ colorScheme });
      await add(page, text('a.txt', 'a'));
      await row(page, '.txt').waitFor();
      await page.evaluate(await readFile(axe, 'utf8'));
      const found = await page.evaluate(
        "axe.run({ exclude: [['.uppy-Root']] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))",
      );
      expect(found).toEqual([]);
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(20, 23, 27)' : 'rgb(255, 255, 255)');
    },
    60_000,
  );
});
