import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { MultipartUploads } from '../../src/core/multipart-uploads.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { keysOf } from '../http/harness.js';
import { describeServers } from '../servers/s3-servers.js';
import { bytesOf, MIB } from '../support/bodies.js';
import { bundle } from '../support/browser/bundle.js';
import { describeInChromium } from '../support/browser/chromium.js';
import { pageServer, type PageServer } from '../support/browser/page-server.js';
import { openChildPlace, type ChildPlace } from '../support/child-place.js';
import { useChildren } from '../support/children.js';
import { MortalServer } from '../support/mortal-server.js';
import { until } from '../support/until.js';
import { within } from '../support/within.js';
import type { ServingPagesConfig } from './children/serving-pages.js';
import { create, offsetOf, tusRequest } from './support/tus-request.js';
import { TusPage } from './support/tus-page.js';

const PART = 8 * MIB;
const content = bytesOf(2 * PART + 345);
const start = useChildren('test/tus/children', ['src', 'test/support'], { bundled: true });

/** What faults do to uploads from pages of another origin. */
function promises(
  browser: () => Browser,
  pages: () => PageServer,
  open: () => Promise<ChildPlace>,
  adapter: ServingPagesConfig['adapter'],
): void {
  let folder: string;
  let file: string;
  let place: ChildPlace;
  let server: MortalServer;
  /** Between the pages and the server. */
  let front: TcpProxy;
  let context: BrowserContext;
  let page: TusPage;

  const rows = (): string => join(folder, 'rows');
  const serve = (): Promise<void> => {
    const { origin } = pages();
    const config: ServingPagesConfig = { adapter, origin, target: place.target, rows: rows() };
    return server.run(start('serving-pages', config));
  };
  const at = (origin: string): string => `${origin}/api/documents/tus`;
  /** Each connection brings so many bytes and then no more, and is not closed. */
  const stallAfter = (bytes: number): void => front.use({ up: { after: [bytes, 'stall'] } });
  /** Ends the connections that there are; the next ones are as they should be. */
  const cut = (): void => front.use({});

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowage-tus-page-'));
    file = join(folder, 'film.bin');
    await writeFile(file, content);
    await writeFile(rows(), '');
    place = await open();
    server = await MortalServer.create();
    front = await TcpProxy.start(server.url);
    await serve();
    context = await browser().newContext();
    page = await TusPage.open(context, pages().origin);
  }, 60_000);
  afterEach(async () => {
    await within(context.close(), 'the end of the pages', 15_000);
    await front.close();
    await within(server.close(), 'the end of the server', 15_000);
    await place.destroy();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const hasPart = async (): Promise<boolean> => {
    const uploads = place.storage.as(MultipartUploads);
    const [begun] = (await uploads.list()).uploads;
    return begun !== undefined && (await uploads.listParts(begun.key, begun.uploadId)).parts.length > 0;
  };
  const recordOf = async (): Promise<string> =>
    (await keysOf(place.storage)).find((key) => key.endsWith('/record')) ?? '';
  /** The URL of the upload of a page, when it has come to one object with the right bytes, which the application was told of once. */
  const stored = async (uploaded: TusPage): Promise<string> => {
    const outcome = await uploaded.outcome();
    if ('failed' in outcome) throw new Error(outcome.failed);
    const key = decodeURIComponent(outcome.key);
    expect((await place.storage.bytes(key)).equals(content)).toBe(true);
    expect((await keysOf(place.storage)).filter((one) => !one.startsWith('pending/'))).toEqual([key]);
    expect(await readFile(rows(), 'utf8')).toBe(`${key}\n`);
    return outcome.url;
  };
  /** What is left of uploads that are whole: their records. */
  const leavesRecords = async (count: number): Promise<void> => {
    const left = (await keysOf(place.storage)).filter((key) => key.startsWith('pending/'));
    expect(left).toEqual(Array.from({ length: count }, () => expect.stringMatching(/\/record$/)));
    expect((await place.storage.as(MultipartUploads).list()).uploads).toEqual([]);
  };
  const asked = async (by: TusPage): Promise<readonly (number | undefined)[]> =>
    (await by.answers()).filter(({ method }) => method === 'HEAD').map(({ offset }) => offset);

  it('go on by themselves when their connection is cut', async () => {
    stallAfter(PART + 3 * MIB);
    await page.begin(file, { endpoint: at(front.endpoint) });
    await until(hasPart, 30_000);
    cut();
    await stored(page);
    const [offset] = await asked(page);
    expect(offset).toBeGreaterThanOrEqual(PART);
    expect(offset).toBeLessThanOrEqual(PART + 3 * MIB);
    expect((await page.answers()).filter(({ method }) => method === 'POST')).toHaveLength(1);
    await leavesRecords(1);
  }, 90_000);

  it('go on by themselves when the server was killed and is back, and lose nothing that was acknowledged', async () => {
    stallAfter(12 * MIB);
    await page.begin(file, { endpoint: at(front.endpoint), chunkSize: 5 * MIB });
    await page.accepted(10 * MIB);
    await server.kill();
    cut();
    await serve();
    await stored(page);
    const [offset] = await asked(page);
    expect(offset).toBeGreaterThanOrEqual(10 * MIB);
    expect(offset).toBeLessThanOrEqual(12 * MIB);
    expect((await page.answers()).filter(({ method }) => method === 'POST')).toHaveLength(1);
    await leavesRecords(1);
  }, 90_000);

  it('send one upload from two pages, which come to one object', async () => {
    const uploadUrl = await create(at(front.endpoint), content.byteLength);
    stallAfter(PART + 3 * MIB);
    await page.begin(file, { endpoint: at(front.endpoint), uploadUrl });
    await until(hasPart, 30_000);
    // The first one is in the middle of its request, which the second one ends by coming; from there on both go on.
    const other = await TusPage.open(context, pages().origin);
    const elsewhere = uploadUrl.replace(front.endpoint, server.url);
    await other.begin(file, { endpoint: at(server.url), uploadUrl: elsewhere, chunkSize: 3 * MIB });
    expect(await stored(other)).toBe(elsewhere);
    expect(await stored(page)).toBe(uploadUrl);
    expect((await asked(other))[0]).toBeGreaterThanOrEqual(PART);
    const answers = [...(await page.answers()), ...(await other.answers())];
    const refused = answers.map(({ status }) => status).filter((status) => status >= 400);
    // Each is told that the other one was faster, at most.
    expect(refused.filter((status) => status !== 409 && status !== 423)).toEqual([]);
    await leavesRecords(1);
  }, 90_000);

  it('begin anew when the upload that the browser has kept is expired', async () => {
    stallAfter(7 * MIB);
    await page.begin(file, { endpoint: at(front.endpoint), chunkSize: 5 * MIB });
    await page.accepted(5 * MIB);
    await page.reload();
    cut();
    const record = await recordOf();
    const kept = await place.storage.json<{ readonly createdMs: number }>(record);
    await place.storage.put(record, JSON.stringify({ ...kept, createdMs: kept.createdMs - 30 * 86_400_000 }));
    await page.begin(file, { endpoint: at(front.endpoint), resumes: true });
    const url = await stored(page);
    const [old = '', ...others] = await page.found();
    expect(others).toEqual([]);
    expect(url).not.toBe(old);
    const [first, second] = await page.answers();
    expect([first, second]).toMatchObject([
      { method: 'HEAD', status: 410 },
      { method: 'POST', status: 201 },
    ]);
    expect((await tusRequest('HEAD', old)).status).toBe(410);
  }, 90_000);

  it('are refused at another offset, which changes nothing, and go on from the right one', async () => {
    const uploadUrl = await create(at(front.endpoint), content.byteLength);
    await page.choose(file);
    expect(await page.patch(uploadUrl, 0, 0, 3 * MIB)).toBe(204);
    const before = await keysOf(place.storage);
    expect(await page.patch(uploadUrl, 2 * MIB, 3 * MIB, 4 * MIB)).toBe(409);
    expect(await page.patch(uploadUrl, 4 * MIB, 3 * MIB, 4 * MIB)).toBe(409);
    expect(await keysOf(place.storage)).toEqual(before);
    expect(await offsetOf(uploadUrl)).toBe(3 * MIB);
    await page.begin(file, {
      ...{ endpoint: at(front.endpoint), uploadUrl, chunkSize: 3 * MIB },
      overtaken: { at: 6 * MIB, to: 7 * MIB },
    });
    expect(await stored(page)).toBe(uploadUrl);
    expect((await page.answers()).slice(0, 5)).toMatchObject([
      { method: 'HEAD', status: 200, offset: 3 * MIB },
      { method: 'PATCH', status: 204, offset: 6 * MIB },
      { method: 'PATCH', status: 409 },
      { method: 'HEAD', status: 200, offset: 7 * MIB },
      { method: 'PATCH', status: 204, offset: 10 * MIB },
    ]);
    await leavesRecords(1);
  }, 90_000);
}

describeInChromium('Uploads by tus-js-client', (browser) => {
  let pages: PageServer;
  beforeAll(async () => {
    pages = await pageServer(await bundle('test/tus/support/tus-page.mjs'));
  }, 90_000);
  afterAll(() => pages?.close());

  describe('to local disk, with Fastify', () => promises(browser, () => pages, openChildPlace, 'fastify'));

  describeServers({ only: ['versitygw', 'minio'] }, (server, name) => {
    const adapter = name === 'minio' ? 'fastify' : 'express';
    promises(
      browser,
      () => pages,
      () => openChildPlace(server()),
      adapter,
    );
  });
});
