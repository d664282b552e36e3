import type { BrowserContext, Page } from 'playwright-core';

/** What the client of a page is told to do: tus-page.mjs. */
export interface PageUpload {
  readonly endpoint: string;
  readonly uploadUrl?: string;
  /** Bytes of a PATCH. Default: all that there are. */
  readonly chunkSize?: number;
  /** Whether it goes on with what the browser has kept of an earlier visit. Default: false. */
  readonly resumes?: boolean;
  /** Another request brings the bytes from `at` to `to` while it is about to send those from `at` on. */
  readonly overtaken?: { readonly at: number; readonly to: number };
}

/** An answer that a client got. */
export interface PageAnswer {
  readonly method: string;
  readonly status: number;
  readonly offset?: number;
}

/** What an upload came to. */
export type PageOutcome = { readonly url: string; readonly key: string } | { readonly failed: string };

/** A page with tus-js-client in Chromium. */
export class TusPage {
  private constructor(private readonly page: Page) {}

  static async open(context: BrowserContext, origin: string): Promise<TusPage> {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const opened = new TusPage(page);
    await page.goto(`${origin}/`);
    await opened.ready();
    return opened;
  }

  /** Gives it the file at `path`, and begins its upload. */
  async begin(path: string, upload: PageUpload): Promise<void> {
    await this.choose(path);
    await this.page.evaluate(`globalThis.begin(${JSON.stringify(upload)})`);
  }

  async choose(path: string): Promise<void> {
    await this.page.locator('input').setInputFiles(path);
  }

  /** Sends the bytes of the file from `from` to `to` by hand, as those at `offset`, and gives the status. */
  patch(url: string, offset: number, from: number, to: number): Promise<number> {
    const args = JSON.stringify([url, offset, from, to]);
    return this.page.evaluate<number>(`globalThis.patch(...${args})`);
  }

  /** Until the server has acknowledged so many bytes. */
  async accepted(bytes: number): Promise<void> {
    await this.until(`globalThis.accepted >= ${bytes}`);
  }

  /** Waits for the end of the upload. */
  async outcome(): Promise<PageOutcome> {
    await this.until('globalThis.outcome !== undefined', 60_000);
    return this.page.evaluate<PageOutcome>('globalThis.outcome');
  }

  /** All answers that its client got since the page was loaded. */
  answers(): Promise<readonly PageAnswer[]> {
    return this.page.evaluate<readonly PageAnswer[]>('globalThis.answers');
  }

  /** URLs of uploads of the file that the browser had kept of an earlier visit. */
  found(): Promise<readonly string[]> {
    return this.page.evaluate<readonly string[]>('globalThis.found');
  }

  /** Leaves it, and comes back: what its client did is cut off. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  private ready(): Promise<void> {
    return this.until('globalThis.begin !== undefined');
  }

  private async until(condition: string, timeout = 30_000): Promise<void> {
    await this.page.waitForFunction(condition, undefined, { timeout, polling: 20 });
  }
}
