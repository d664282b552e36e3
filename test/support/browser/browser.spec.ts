import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { bundle } from './bundle.js';
import { describeInChromium } from './chromium.js';

describeInChromium('a bundled script', (browser) => {
  let server: Server;
  beforeAll(async () => {
    const script = await bundle('test/support/browser/sample-page.mjs');
    server = createServer((request, response) => {
      response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html');
      response.end(request.url === '/page.js' ? script : '<script type="module" src="/page.js"></script>');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }, 90_000);
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('runs, with what it imports', async () => {
    const context = await browser().newContext();
    try {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction('globalThis.sample !== undefined', undefined, { timeout: 10_000 });
      expect(await page.evaluate('globalThis.sample')).toBe('Uppy, 1 file');
    } finally {
      await context.close();
    }
  });
});
