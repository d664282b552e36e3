import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/app/create-app.js';
import { buildPage } from './support/built-page.js';

describe('The files of the page', () => {
  let built: Awaited<ReturnType<typeof buildPage>> | undefined;
  let app: NestExpressApplication | undefined;
  let root: string;
  let url: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-page-files-'));
    built = await buildPage();
    app = await createApp({ STORAGE_LOCAL_ROOT: root, STORAGE_SIGNING_SECRET: 's'.repeat(32) }, built.folder);
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  }, 90_000);
  afterAll(async () => {
    await app?.close();
    await built?.remove();
    await rm(root, { recursive: true, force: true });
  }, 30_000);

  it('are kept by a browser where their names change with what is in them, and only there', async () => {
    const index = await fetch(url);
    const [asset] = /assets\/index-[\w-]+\.js/.exec(await index.text()) ?? [];
    const answers = [index, await fetch(`${url}/${asset}`), await fetch(`${url}/licenses.txt`)];
    expect(answers.map(({ status, headers }) => [status, headers.get('cache-control')])).toEqual([
      [200, 'no-cache'],
      [200, 'public, max-age=31536000, immutable'],
      [200, 'no-cache'],
    ]);
  });

  it('have the licences of what is bundled', async () => {
    const text = await (await fetch(`${url}/licenses.txt`)).text();
    for (const name of ['@uppy/core', '@uppy/dashboard', '@uppy/tus', 'preact', 'tus-js-client'])
      expect(text).toContain(`## ${name} - `);
    expect(text).toContain('The above copyright notice and this permission notice shall be included');
  });
});
