import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  CDPSession,
  Locator,
  Page,
} from 'playwright-core';
import type { Environment } from '../../../src/app/app.module.js';
import { createApp } from '../../../src/app/create-app.js';
import { until } from '../../support/until.js';
import { within } from '../../support/within.js';
import { buildPage } from './built-page.js';

/** A file that is given to the page. */
export interface Given {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Hooks that build the page once, and end what each test opens. */
export function useOpenedPage(browser: () => Browser): OpenedPage {
  let built: Awaited<ReturnType<typeof buildPage>>;
  const opened = new OpenedPage(browser, () => built.folder);
  beforeAll(async () => {
    built = await buildPage();
  }, 90_000);
  afterAll(() => built?.remove());
  beforeEach(() => opened.begin());
  afterEach(() => opened.end(), 40_000);
  return opened;
}

/** The reference server, and its page in a browser: a new one for each test. */
export class OpenedPage {
  /** What should not happen: errors of scripts, refused requests, requests elsewhere. */
  complaints: string[] = [];
  /** How much the server had, each time that it was asked by tus. */
  offsets: number[] = [];
  private app: NestExpressApplication | undefined;
  private context: BrowserContext | undefined;
  private shown: Page | undefined;
  private session: CDPSession | undefined;
  /** All that the server has had. */
  private sockets: Socket[] = [];
  private root = '';
  private origin = '';

  constructor(
    private readonly browser: () => Browser,
    private readonly folder: () => string,
  ) {}

  async begin(): Promise<void> {
    this.root = await mkdtemp(join(tmpdir(), 'stowage-page-data-'));
    this.complaints = [];
    this.offsets = [];
    this.sockets = [];
  }

  async end(): Promise<void> {
    const { app, context, root } = this;
    this.app = this.context = this.shown = this.session = undefined;
    await context?.close();
    if (app) await within(app.close(), 'the end of the server', 20_000);
    await rm(root, { recursive: true, force: true });
  }

  /** @param env Variables of the server. It keeps its objects on disk otherwise. */
  async open(options: BrowserContextOptions = {}, env: Environment = {}): Promise<Page> {
    const data = join(this.root, 'data');
    this.app = await createApp({ STORAGE_LOCAL_ROOT: data, PORT: '0', ...env }, this.folder());
    this.app.getHttpServer().on('connection', (socket: Socket) => this.sockets.push(socket));
    await this.app.listen(0, '127.0.0.1');
    this.origin = `http://127.0.0.1:${(this.app.getHttpServer().address() as AddressInfo).port}/`;
    this.context = await this.browser().newContext({ ...options, acceptDownloads: true });
    const page = await this.context.newPage();
    page.setDefaultTimeout(40_000);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error') this.complaints.push(line.text());
    });
    page.on('request', (request) => {
      if (!/^(?:blob:|data:)/.test(request.url()) && !request.url().startsWith(this.origin))
        this.complaints.push(`a request to ${request.url()}`);
    });
    page.on('response', (response) => {
      const offset = response.headers()['upload-offset'];
      if (response.request().method() === 'HEAD' && offset !== undefined) this.offsets.push(Number(offset));
    });
    await page.goto(this.origin);
    return (this.shown = page);
  }

  get page(): Page {
    if (!this.shown) throw new Error('No page is opened');
    return this.shown;
  }

  /** Where the page is, with `/` at its end. */
  get url(): string {
    return this.origin;
  }

  /** The URLs of the objects of `documents`, as the server lists them. */
  async stored(): Promise<readonly { readonly url: string; readonly size: number }[]> {
    const answer = await fetch(`${this.origin}api/documents/objects`);
    const { objects } = (await answer.json()) as { objects: readonly { key: string; size: number }[] };
    return objects.map(({ key, size }) => ({ url: `${this.origin}api/documents/objects/${key}`, size }));
  }

  /** A file on disk, of which a browser knows when it was changed, and so that it is the same after a reload. */
  async file(name: string, content: Buffer): Promise<string> {
    const path = join(this.root, name);
    await writeFile(path, content);
    return path;
  }

  /** Gives `files` to the page, or those at these paths, and begins their uploads. */
  async add(...files: Given[] | string[]): Promise<void> {
    await this.page.locator('.uppy-Dashboard-input').first().setInputFiles(files);
    await this.page.getByRole('button', { name: /^Upload \d+ file/ }).click();
  }

  /** Stores a text in `documents` without the page. */
  async send(name: string, content: string, type = 'text/plain'): Promise<void> {
    const body = new FormData();
    body.append('file', new Blob([content], { type }), name);
    const { status } = await fetch(`${this.origin}api/documents/upload`, { method: 'POST', body });
    if (status !== 201) throw new Error(`The upload was answered ${status}`);
  }

  /** The rows of the list that have `text`. */
  row(text: string): Locator {
    return this.page.locator('#rows tr', { hasText: text });
  }

  /** @param upload Bytes in a second; -1: as fast as it goes. What runs already may be as fast as it goes from then on. */
  async network(upload: number): Promise<void> {
    this.session ??= await this.page.context().newCDPSession(this.page);
    await this.session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: upload,
    });
  }

  /** Until bytes of an upload move, and a MiB has come to the server. */
  async moving(): Promise<void> {
    await this.page.locator('#speed', { hasText: /[1-9].*\/s/ }).waitFor();
    await until(() => this.sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0) > 1024 * 1024);
  }

  /** Pauses the first upload that is under way. */
  async pause(): Promise<void> {
    const named = (name: RegExp) => this.page.getByRole('button', { name }).first();
    await named(/^Pause/).click();
    await named(/^Resume/).waitFor();
  }

  /** Ends every connection of the server. */
  cut(): void {
    this.app?.getHttpServer().closeAllConnections();
  }
}
