import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What has come to a ReverseProxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** As the client sent it. */
  readonly url: string;
}

/** A proxy that serves an application below a path of its own, which the application does not know of. */
export interface ReverseProxy {
  /** With the path, without a slash at its end. */
  readonly url: string;
  readonly seen: readonly ProxiedRequest[];
  /** @param port Of the application, on 127.0.0.1. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

/**
 * Starts one, which takes `path` off each request, answers 404 to what is not below it, and says so as proxies do.
 * @param forwarded What else it tells the application.
 */
export async function startReverseProxy(
  path: string,
  forwarded: IncomingHttpHeaders = {},
): Promise<ReverseProxy> {
  const seen: ProxiedRequest[] = [];
  let target = 0;
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    seen.push({ method, url });
    if (!url.startsWith(`${path}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const onward = request(
      {
        ...{ host: '127.0.0.1', port: target, method, path: url.slice(path.length) },
        headers: {
          ...headers,
          'x-forwarded-host': headers.host,
          'x-forwarded-proto': 'http',
          'x-forwarded-for': incoming.socket.remoteAddress,
          'x-forwarded-prefix': path,
          host: `127.0.0.1:${target}`,
          ...forwarded,
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    seen,
    leadTo: (port) => void (target = port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
