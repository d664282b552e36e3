import { expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { describeInChromium } from '../support/browser/chromium.js';
import { useOpenedPage } from './support/opened-page.js';

const MIB = 1024 * 1024;
const lines = (bytes: number): Buffer =>
  Buffer.from(
    randomBytes(bytes / 2)
      .toString('hex')
      .replace(/.{1,63}/g, '$&\n'),
  ).subarray(0, bytes);

/** docs/page.png: STOWAGE_WRITE_PAGES=1 (`npm run docs:page`) makes it anew. */
describeInChromium('The picture of the page', (browser) => {
  const opened = useOpenedPage(browser);

  it('shows uploads on their way above what is stored', async () => {
    const page = await opened.open({ viewport: { width: 920, height: 890 }, locale: 'en-GB' });
    for (const [name, type, size] of [
      ['minutes-of-may.txt', 'text/plain', 7_900],
      ['Übersicht 2026.md', 'text/markdown', 17_100],
      ['inventory.csv', 'text/csv', 231_400],
    ] as const)
      await opened.send(name, lines(size).toString(), type);
    await opened.network(3 * MIB);
    await opened.add(
      await opened.file('thesis.txt', lines(24 * MIB)),
      await opened.file('measurements.csv', lines(12 * MIB)),
      await opened.file('notes.md', lines(42_000)),
    );
    await opened.row('notes.md').waitFor();
    await opened.row('inventory.csv').waitFor({ state: 'attached' });
    await page
      .getByText(/^Uploading: [2-5]\d%/)
      .first()
      .waitFor();
    await page.evaluate('scrollTo(0, 0)');
    // Before the picture, which may take as long as the rest of the uploads.
    expect(await page.locator('#speed').textContent()).toMatch(/ MiB\/s$/);
    expect(await page.locator('.uppy-Dashboard-Item.is-inprogress').count()).toBe(2);
    const picture = await page.screenshot({ animations: 'disabled' });
    if (process.env.STOWAGE_WRITE_PAGES === '1')
      await writeFile(new URL('../../docs/page.png', import.meta.url), picture);
  }, 90_000);
});
