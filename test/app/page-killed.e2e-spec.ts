import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { MIB } from '../support/bodies.js';
import { describeInChromium } from '../support/browser/chromium.js';
import { useChildren } from '../support/children.js';
import { MortalServer } from '../support/mortal-server.js';
import { until } from '../support/until.js';
import { within } from '../support/within.js';
import { buildPage } from './support/built-page.js';
import type { PageServerConfig } from './children/page-server.js';

const start = useChildren('test/app/children', ['src']);

describeInChromium('The page of a reference server that is killed', (browser) => {
  let built: Awaited<ReturnType<typeof buildPage>>;
  let root: string;
  let server: MortalServer;
  let context: BrowserContext;

  beforeAll(async () => {
    built = await buildPage();
  }, 90_000);
  afterAll(() => built?.remove());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-page-killed-'));
    server = await MortalServer.create();
    context = await browser().newContext();
  });
  afterEach(async () => {
    await context.close();
    await within(server.close(), 'the end of the server', 20_000);
    await rm(root, { recursive: true, force: true });
  }, 40_000);

  const serve = (): Promise<void> => {
    const config: PageServerConfig = {
      env: {
        STORAGE_LOCAL_ROOT: join(root, 'data'),
        PORT: '0',
        NO_COLOR: '1',
        STORAGE_PUBLIC_URL: server.url,
      },
      page: built.folder,
    };
    return server.run(start('page-server', config));
  };
  /** Whether a part of an upload is stored. */
  const hasPart = async (): Promise<boolean> =>
    (await readdir(root, { recursive: true })).some((path) => /\.stowage\/uploads\/[^/]+\/1$/.test(path));

  it('goes on by itself with an upload when the server is back', async () => {
    await serve();
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${server.url}/`);
    const session = await context.newCDPSession(page);
    const network = (uploadThroughput: number) =>
      session.send('Network.emulateNetworkConditions', {
        ...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput },
      });
    // Slow enough that it is not over before the server is killed.
    await network(2 * MIB);
    const offsets: number[] = [];
    page.on('response', (response) => {
      const offset = response.headers()['upload-offset'];
      if (response.request().method() === 'HEAD' && offset !== undefined) offsets.push(Number(offset));
    });
    const content = Buffer.from(randomBytes(16 * MIB).toString('hex'));
    // On disk: the bytes of a buffer go to the browser as text, for longer than the rest takes.
    const file = join(root, 'long.txt');
    await writeFile(file, content);
    await page.locator('.uppy-Dashboard-input').first().setInputFiles(file);
    await page.getByRole('button', { name: /^Upload \d+ file/ }).click();
    await until(hasPart, 60_000);
    await server.kill();
    await serve();
    await network(-1);
    await page.locator('#rows tr', { hasText: 'long.txt' }).waitFor({ timeout: 60_000 });
    // What was stored as a part is sent no more.
    expect(offsets.find((offset) => offset > 0)).toBeGreaterThanOrEqual(8 * MIB);
    const answer = await fetch(`${server.url}/api/documents/objects`);
    const { objects } = (await answer.json()) as { readonly objects: readonly { readonly key: string }[] };
    expect(objects).toHaveLength(1);
    const read = await fetch(`${server.url}/api/documents/objects/${objects[0]?.key ?? ''}`);
    expect(Buffer.from(await read.arrayBuffer()).equals(content)).toBe(true);
  }, 240_000);
});
