import { expect, it } from '@jest/globals';
import type { Route } from 'playwright-core';
import { describeInChromium } from '../support/browser/chromium.js';
import { within } from '../support/within.js';
import { useOpenedPage } from './support/opened-page.js';

const TOKEN = 'a-token-of-ann-0123456789';

describeInChromium('The page of the reference server, when things go wrong', (browser) => {
  const opened = useOpenedPage(browser);

  it('asks for a token again when that of an upload is not taken any more', async () => {
    const page = await opened.open({}, { API_TOKENS: `ann:${TOKEN}` });
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByLabel('Token').press('Enter');
    await page.getByText('There is nothing here yet.').waitFor();
    await page.reload();
    await page.getByText('There is nothing here yet.').waitFor();
    expect(await page.getByLabel('Token').isVisible()).toBe(false);
    const refuse = (route: Route): Promise<void> =>
      route.fulfill({ status: 401, json: { detail: 'Send a token' } });
    await page.route('**/tus', refuse);
    await opened.add({ name: 'hers.txt', mimeType: 'text/plain', buffer: Buffer.from('hers') });
    await page.locator('#message', { hasText: 'hers.txt: Send a token' }).waitFor();
    await page.unroute('**/tus', refuse);
    await page.locator('#token').fill(TOKEN);
    await page
      .getByRole('button', { name: /^Retry/ })
      .first()
      .click();
    await opened.row('hers.txt').waitFor();
  }, 60_000);

  it('goes on with no list of another storage', async () => {
    const page = await opened.open();
    for (let at = 0; at < 51; at += 1) await opened.send(`${at}.txt`, `${at}`);
    await page.getByRole('button', { name: 'Refresh' }).click();
    const more = page.getByRole('button', { name: 'More' });
    await more.waitFor();
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/api/images/objects?*', async (route) => {
      await asked;
      await route.fulfill({ status: 503, json: { detail: 'It is away' } });
    });
    await page.getByRole('radio', { name: 'images' }).check();
    expect(await more.isVisible()).toBe(false);
    answer();
    await page.locator('#message', { hasText: 'It is away' }).waitFor();
    expect([await more.isVisible(), await page.locator('#rows tr').count()]).toEqual([false, 0]);
    await page.getByRole('radio', { name: 'documents' }).check();
    await more.click();
    await page.locator('#rows tr:nth-child(51)').waitFor();
    await more.waitFor({ state: 'hidden' });
  }, 60_000);

  it('shows no file any more that is deleted while the list is asked for again', async () => {
    const page = await opened.open();
    await opened.send('first.txt', 'a');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('button', { name: 'Delete first.txt' }).click();
    await opened.send('other.txt', 'b');
    await page.evaluate("document.getElementById('refresh').click()");
    await page.locator('#rows tr:nth-child(2)').waitFor({ state: 'attached' });
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('first.txt is deleted.').waitFor();
    await opened.row('other.txt').waitFor();
    await page.locator('#rows tr:nth-child(2)').waitFor({ state: 'detached' });
  }, 60_000);

  it('shows no file any more that is deleted before the list comes that still had it', async () => {
    const page = await opened.open();
    await opened.send('first.txt', 'a');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('button', { name: 'Delete first.txt' }).click();
    await opened.send('other.txt', 'b');
    let [deleted, answered] = [(): void => undefined, (): void => undefined];
    const gone = new Promise<void>((resolve) => (deleted = resolve));
    const came = new Promise<void>((resolve) => (answered = resolve));
    await page.route(
      /\/objects\?/,
      async (route) => {
        const response = await route.fetch();
        answered();
        await gone;
        await route.fulfill({ response });
      },
      { times: 1 },
    );
    await page.evaluate("document.getElementById('refresh').click()");
    await within(came, 'the list', 10_000);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('first.txt is deleted.').waitFor();
    const late = page.waitForResponse(/\/objects\?/);
    deleted();
    await (await late).finished();
    await opened.row('other.txt').waitFor();
    expect(await opened.row('first.txt').count()).toBe(0);
  }, 60_000);

  it('shows a name with markup, or a very long one, as it is', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const long = `${'long '.repeat(49)}.txt`;
    const page = await opened.open({ viewport: { width: 400, height: 700 } });
    await opened.send(name, 'a');
    await opened.send(long, 'b');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('button', { name: `Link ${name}` }).waitFor();
    await page.getByRole('button', { name: `Delete ${long.slice(0, 200)}` }).waitFor();
    expect(await page.locator('#rows img').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    expect(opened.complaints).toEqual([]);
  }, 60_000);
});
