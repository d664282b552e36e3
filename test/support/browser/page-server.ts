import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page on a port of its own, which is another origin than that of the application. */
export interface PageServer {
  /** `http://127.0.0.1:port`; the page is at every path of it but that of its script. */
  readonly origin: string;
  close(): void;
}

/** @param script All that the page has. */
export async function pageServer(script: string): Promise<PageServer> {
  const server: Server = createServer(({ url }, response) => {
    response.setHeader('content-type', url === '/page.js' ? 'text/javascript' : 'text/html');
    response.end(
      url === '/page.js' ? script : '<!doctype html><script type="module" src="/page.js"></script>',
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
