import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../../src/app/start.js';
import { form } from '../http/harness.js';
import { startReverseProxy, type ReverseProxy } from '../http/support/reverse-proxy.js';
import { uploadAll } from '../tus/support/tus-client.js';

const TOKEN = 'alice-token-0123456789';
const AUTHORIZED = { Authorization: `Bearer ${TOKEN}` };

describe('The reference server behind a proxy that takes a path off', () => {
  let root: string;
  let proxy: ReverseProxy;
  let app: NestExpressApplication | undefined;
  let at: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-app-proxy-'));
    proxy = await startReverseProxy('/files');
    const env = { STORAGE_LOCAL_ROOT: root, STORAGE_PUBLIC_URL: `${proxy.url}/` };
    app = await start({ ...env, PORT: '0', API_TOKENS: `alice:${TOKEN}` }, () => undefined);
    proxy.leadTo((app.getHttpServer().address() as AddressInfo).port);
    at = `${proxy.url}/api/documents`;
  });
  afterEach(async () => {
    await app?.close();
    await proxy.close();
    await rm(root, { recursive: true, force: true });
    app = undefined;
  });

  const post = async (path: string, body: object): Promise<Record<string, string>> => {
    const headers = { ...AUTHORIZED, 'Content-Type': 'application/json' };
    const response = await fetch(`${at}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text) as Record<string, string>;
  };
  const read = async (url = ''): Promise<string> => {
    const response = await fetch(url, { headers: AUTHORIZED });
    return `${response.status} ${await response.text()}`;
  };
  const startOf = (url = ''): string => url.slice(0, at.length);

  it('gives out URLs that begin with STORAGE_PUBLIC_URL, and lead to it', async () => {
    const body = form(['file', 'form', 'a.txt', 'text/plain']);
    const upload = await fetch(`${at}/upload`, { method: 'POST', headers: AUTHORIZED, body });
    const { key, url } = (await upload.json()) as { key: string; url: string };
    expect([startOf(url), await read(url)]).toEqual([at, '200 form']);

    const signed = await post('presign', { method: 'GET', key });
    expect([startOf(signed.url), await read(signed.url)]).toEqual([at, '200 form']);

    const direct = await post('direct', { name: 'b.txt', contentType: 'text/plain', size: 6 });
    const headers = { 'Content-Type': 'text/plain' };
    const put = await fetch(direct.url!, { method: 'PUT', headers, body: 'direct' });
    expect([startOf(direct.url), put.status]).toEqual([at, 200]);
    const confirmed = await post('direct/confirm', { ticket: direct.ticket });
    expect([startOf(confirmed.url), await read(confirmed.url)]).toEqual([at, '200 direct']);

    const parts = await post('direct/sign', { method: 'POST', key: 'c.txt' });
    expect(startOf(parts.url)).toBe(at);
    expect((await fetch(parts.url!, { method: 'POST' })).status).toBe(200);

    const metadata = { filename: 'd.txt', filetype: 'text/plain' };
    const tus = await uploadAll(`${at}/tus`, Buffer.from('tus'), { metadata, headers: AUTHORIZED });
    const location = tus.header('Stowage-Location');
    expect([startOf(tus.url), startOf(location), await read(location)]).toEqual([at, at, '200 tus']);
    expect(proxy.seen.filter((request) => !request.url.startsWith('/files/'))).toEqual([]);
  });

  it('leads to its documentation, whose parts are there, and which says where to send requests', async () => {
    const home = await fetch(`${proxy.url}/`, { redirect: 'manual' });
    expect([home.status, home.headers.get('location')]).toEqual([302, `${proxy.url}/docs`]);
    for (const path of ['docs', 'docs/']) {
      const page = await fetch(`${proxy.url}/${path}`);
      const links = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, link = '']) => new URL(link, page.url).href,
      );
      expect(links.length).toBeGreaterThan(3);
      for (const link of links) {
        const part = await fetch(link);
        expect([link, part.status, (await part.arrayBuffer()).byteLength > 0]).toEqual([link, 200, true]);
      }
      const servers = `"servers":[{"url":"${proxy.url}"}]`;
      const script = links.find((link) => link.endsWith('init.js')) ?? '';
      expect((await (await fetch(script)).text()).replaceAll(/\s/g, '')).toContain(servers);
    }
    expect(await (await fetch(`${proxy.url}/docs-json`)).json()).toMatchObject({
      servers: [{ url: proxy.url }],
    });
    expect(proxy.seen.filter((request) => !request.url.startsWith('/files/'))).toEqual([]);
  });
});

describe('The reference server behind a proxy that nobody has told it of', () => {
  it('leads to its documentation by a path that is relative', async () => {
    const root = await mkdtemp(join(tmpdir(), 'stowage-app-proxy-'));
    const proxy = await startReverseProxy('/files');
    const app = await start({ STORAGE_LOCAL_ROOT: root, PORT: '0' }, () => undefined);
    proxy.leadTo((app.getHttpServer().address() as AddressInfo).port);
    const { status, url } = await fetch(`${proxy.url}/`);
    await app.close();
    await proxy.close();
    await rm(root, { recursive: true, force: true });
    expect([status, url]).toEqual([200, `${proxy.url}/docs`]);
  });
});
