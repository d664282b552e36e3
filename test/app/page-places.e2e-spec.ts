import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import type { Environment } from '../../src/app/app.module.js';
import { describeServers } from '../servers/s3-servers.js';
import { describeInChromium } from '../support/browser/chromium.js';
import { useOpenedPage } from './support/opened-page.js';

const MIB = 1024 * 1024;
const NAMES = ['DOCUMENTS', 'AUDIO', 'IMAGES'];

/** What a lost connection and a page that is left do to an upload of the page, where the server keeps its objects as `env` says. */
function promises(browser: () => Browser, env: () => Environment): void {
  const opened = useOpenedPage(browser);

  const begin = async (): Promise<{ readonly file: string; readonly content: Buffer }> => {
    await opened.open({}, env());
    const content = Buffer.from(randomBytes(8 * MIB).toString('hex'));
    const file = await opened.file('long.txt', content);
    // Slow enough that it is not over before something happens to it.
    await opened.network(MIB);
    await opened.add(file);
    await opened.moving();
    return { file, content };
  };
  const isStored = async (content: Buffer): Promise<void> => {
    await opened.row('long.txt').waitFor({ timeout: 60_000 });
    expect(opened.offsets.some((offset) => offset > 0)).toBe(true);
    const [stored, ...others] = await opened.stored();
    expect(others).toEqual([]);
    const read = await fetch(stored!.url);
    expect(Buffer.from(await read.arrayBuffer()).equals(content)).toBe(true);
  };

  it('goes on after a reload', async () => {
    const { file, content } = await begin();
    await opened.pause();
    await opened.page.reload();
    await opened.network(-1);
    await opened.add(file);
    await isStored(content);
  }, 120_000);

  it('goes on by itself when its connection is cut', async () => {
    const { content } = await begin();
    opened.cut();
    await opened.network(-1);
    await isStored(content);
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
