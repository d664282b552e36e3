import { expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTENTS } from '../http/support/contents.js';
import { describeInChromium } from '../support/browser/chromium.js';
import { useOpenedPage, type Given } from './support/opened-page.js';

const MIB = 1024 * 1024;
const TOKEN = 'a-token-of-ann-0123456789';
const axe = createRequire(import.meta.url).resolve('axe-core');
const text = (name: string, content: string): Given => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(content),
});

describeInChromium('The page of the reference server', (browser) => {
  const opened = useOpenedPage(browser);

  it('uploads, lists, gives and deletes a file', async () => {
    const page = await opened.open();
    await page.getByText('There is nothing here yet.').waitFor();
    await opened.add(text('hello.txt', 'Hello'));
    const row = opened.row('hello.txt');
    await row.waitFor();
    expect(await row.getByRole('rowheader').locator('div').allTextContents()).toEqual([
      'hello.txt',
      expect.stringMatching(/^\d{4}\/\d\d\/[\da-f-]{36}\.txt$/),
    ]);
    expect(await row.locator('td').first().textContent()).toBe('5 B');

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download hello.txt' }).click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toBe('Hello');
    expect(download.suggestedFilename()).toBe('hello.txt');

    await page.getByLabel('Links are valid for').selectOption('300');
    await page.getByRole('button', { name: 'Link hello.txt' }).click();
    await page.getByRole('dialog').getByText('Whoever has it can read hello.txt until').waitFor();
    const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
    const answer = await fetch(link);
    expect([answer.status, await answer.text()]).toEqual([200, 'Hello']);
    const seconds = Number(new URL(link).searchParams.get('expires')) - Date.now() / 1000;
    expect(seconds > 200 && seconds <= 301).toBe(true);
    await page.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('button', { name: 'Delete hello.txt' }).click();
    await page.getByRole('dialog').getByText('hello.txt', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Keep' }).click();
    expect(await row.count()).toBe(1);
    await page.getByRole('button', { name: 'Delete hello.txt' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('There is nothing here yet.').waitFor();
    await page.getByText('hello.txt is deleted.').waitFor();
    expect((await fetch(link)).status).toBe(404);
    expect(opened.complaints).toEqual([]);
  }, 60_000);

  it('takes files that are dropped on it', async () => {
    const page = await opened.open();
    await page.getByText('There is nothing here yet.').waitFor();
    const folder = await mkdtemp(join(tmpdir(), 'stowage-dropped-'));
    try {
      const files = ['one.txt', 'two.txt'].map((name) => join(folder, name));
      for (const file of files) await writeFile(file, file);
      const target = page.locator('.uppy-Dashboard-AddFiles').first();
      await target.scrollIntoViewIfNeeded();
      const area = await target.boundingBox();
      if (!area) throw new Error('There is nothing to drop files on');
      const session = await page.context().newCDPSession(page);
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
        await session.send('Input.dispatchDragEvent', {
          type,
          x: area.x + area.width / 2,
          y: area.y + area.height / 2,
          data: { items: [], files, dragOperationsMask: 1 },
        });
      await page.getByRole('button', { name: 'Upload 2 files' }).click();
      await opened.row('one.txt').waitFor();
      await opened.row('two.txt').waitFor();
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  it('saves a file of another host under its name, and stays where it is', async () => {
    const page = await opened.open();
    await opened.send('Übersicht.txt', 'Hello');
    const here = opened.url.replace('127.0.0.1', 'localhost');
    await page.goto(here);
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 20_000 }),
      page.getByRole('button', { name: 'Download Übersicht.txt' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('Übersicht.txt');
    expect(download.url().startsWith(opened.url)).toBe(true);
    expect(await readFile(await download.path(), 'utf8')).toBe('Hello');
    expect(page.url()).toBe(here);
  }, 60_000);

  it('shows the names of files that others sent, in any script', async () => {
    const page = await opened.open();
    await opened.send('Übersicht „neu“ 報告.txt', 'one');
    await opened.send('same.txt', 'two');
    await opened.send('same.txt', 'three');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('button', { name: 'Link Übersicht „neu“ 報告.txt' }).waitFor();
    const same = page.getByRole('button', { name: 'Link same.txt' });
    await same.nth(1).waitFor();
    const ids = await Promise.all([0, 1].map((at) => same.nth(at).getAttribute('aria-describedby')));
    const keys = await Promise.all(ids.map((id) => page.locator(`#${id}`).textContent()));
    expect(new Set(keys).size).toBe(2);
    expect(opened.complaints).toEqual([]);
  }, 60_000);

  it('asks for the names of what is near alone, few at once, and once', async () => {
    const page = await opened.open({ viewport: { width: 900, height: 500 } });
    for (let at = 0; at < 40; at += 1) await opened.send(`${at}.txt`, `${at}`);
    let asked = 0;
    let asking = 0;
    let most = 0;
    await page.route('**/api/documents/objects/**', async (route) => {
      asked += 1;
      most = Math.max(most, ++asking);
      const answer = await route.fetch();
      asking -= 1;
      await route.fulfill({ response: answer });
    });
    const unnamed = page.locator('#rows tr th div:first-child:empty');
    const named = page.locator('#rows tr th div:first-child:not(:empty)');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await named.first().waitFor();
    expect(await unnamed.count()).toBeGreaterThan(20);
    await unnamed.last().scrollIntoViewIfNeeded();
    await page.locator('#rows tr:last-child th div:first-child:not(:empty)').waitFor();
    for (let at = 0; at < 40; at += 1) await page.locator('#rows tr').nth(at).scrollIntoViewIfNeeded();
    await unnamed.first().waitFor({ state: 'detached' });
    expect([asked, most <= 4]).toEqual([40, true]);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.locator('#rows tr:last-child th div:first-child:not(:empty)').waitFor();
    expect([await unnamed.count(), asked]).toEqual([0, 40]);
  }, 60_000);

  it('shows the end of the key where it gets no name', async () => {
    const page = await opened.open();
    await page.route('**/api/documents/objects/**', (route) => route.fulfill({ status: 503 }));
    await opened.send('first.txt', 'a');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page
      .locator('#rows th div:first-child')
      .getByText(/^[\da-f-]{36}\.txt$/)
      .waitFor();
  }, 60_000);

  it('puts each file into the storage that was chosen when it was added', async () => {
    const page = await opened.open();
    await page.getByRole('radio', { name: 'images' }).check();
    await opened.add({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(CONTENTS.png) });
    await opened.row('.png').waitFor();
    await page.getByRole('radio', { name: 'documents' }).check();
    await page.getByText('There is nothing here yet.').waitFor();
    expect(opened.complaints).toEqual([]);
  }, 60_000);

  it('shows why the server refuses a file', async () => {
    const page = await opened.open();
    await opened.add({ name: 'song.txt', mimeType: 'text/plain', buffer: Buffer.from(CONTENTS.png) });
    await page
      .locator('#message', { hasText: /^song\.txt: The content is not of the type text\/plain/ })
      .waitFor();
    expect(await page.locator('#rows tr').count()).toBe(0);
  }, 60_000);

  it('pauses, and goes on where it stopped after a reload', async () => {
    const page = await opened.open();
    const content = Buffer.from(randomBytes(6 * MIB).toString('hex'));
    const file = await opened.file('long.txt', content);
    // Slow enough that it is not over before it is paused.
    await opened.network(MIB);
    await opened.add(file);
    await opened.moving();
    await opened.pause();
    await page.locator('#speed:empty').waitFor({ state: 'attached' });
    await page.reload();
    await opened.network(-1);
    opened.offsets.length = 0;
    await opened.add(file);
    await opened.row('.txt').waitFor();
    expect(opened.offsets[0]).toBeGreaterThan(0);
    const [stored, ...others] = await opened.stored();
    expect([stored?.size, others]).toEqual([content.length, []]);
    const read = await fetch(stored!.url);
    expect(Buffer.from(await read.arrayBuffer()).equals(content)).toBe(true);
  }, 90_000);

  it('uploads to where it was opened, also where the server calls itself otherwise', async () => {
    const page = await opened.open({}, { STORAGE_PUBLIC_URL: 'https://files.example.com/x' });
    await page.getByText('There is nothing here yet.').waitFor();
    await opened.add(text('first.txt', 'a'));
    await opened.row('first.txt').waitFor();
    expect(opened.complaints).toEqual([]);
  }, 60_000);

  it('asks for a token where the server has users', async () => {
    const page = await opened.open({}, { API_TOKENS: `ann:${TOKEN}` });
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByLabel('Token').press('Enter');
    await page.getByText('There is nothing here yet.').waitFor();
    await opened.add(text('hers.txt', 'hers'));
    await opened.row('.txt').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download / }).click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toBe('hers');
  }, 60_000);

  it('can be used by keyboard alone', async () => {
    const page = await opened.open();
    await opened.add(text('first.txt', 'a'));
    await opened.row('.txt').waitFor();
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
      const page = await opened.open({ colorScheme });
      await opened.add(text('first.txt', 'a'));
      await opened.row('.txt').waitFor();
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
