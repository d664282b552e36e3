import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { request, type ClientRequest } from 'node:http';
import { connect } from 'node:net';
import type { Harness } from '../http/harness.js';
import { describeAdapters } from '../http/support/adapters.js';
import { sleep, within } from '../support/within.js';
import { serveTus } from './support/serve-tus.js';
import { create, offsetOf } from './support/tus-request.js';

const TUS = { 'Tus-Resumable': '1.0.0' };

describeAdapters('A client that leaves while it is authorized', (adapter) => {
  let app: Harness | undefined;
  let sent: ClientRequest[];
  let upload: string;
  /** What a request with the header X-Slow waits for. */
  let goOn: () => void;
  let reached: Promise<void>;

  beforeEach(async () => {
    sent = [];
    let onReached = (): void => undefined;
    reached = new Promise((resolve) => (onReached = resolve));
    const resumed = new Promise<void>((resolve) => (goOn = resolve));
    app = await serveTus({
      adapter,
      http: {
        async authorize({ request: { headers } }) {
          if (headers['x-slow'] === undefined) return true;
          onReached();
          await within(resumed, 'the test');
          return true;
        },
      },
    });
    upload = await create(`${app.url}/api/documents/tus`, 10);
  });
  afterEach(async () => {
    goOn();
    for (const one of sent) one.destroy();
    await app?.close();
    app = undefined;
  });

  const send = (method: string, headers: Record<string, string>): ClientRequest => {
    const client = request(upload, { method, headers: { ...TUS, ...headers } });
    sent.push(client.on('error', () => undefined));
    return client;
  };
  async function leave(): Promise<void> {
    const client = send('HEAD', { 'X-Slow': 'yes' });
    client.end();
    await within(reached, 'authorize');
    client.destroy();
    // The server has to see it.
    await sleep(200);
    goOn();
    await sleep(200);
  }

  const closes = async (): Promise<void> => {
    const closed = app?.close();
    app = undefined;
    // Less than what it waits for those that do not end.
    await within(closed ?? Promise.resolve(), 'the end of the server', 4_000);
  };

  it('is nobody that a server waits for which closes', async () => {
    await leave();
    await closes();
  });

  it('is nobody that it waits for with what was answered behind that request, either', async () => {
    const { pathname, hostname, port } = new URL(upload);
    const head = (more = ''): string =>
      `HEAD ${pathname} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\n${more}\r\n`;
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    socket.write(head('X-Slow: yes\r\n') + head());
    await within(reached, 'authorize');
    // The other one waits for its turn.
    await sleep(200);
    socket.destroy();
    await sleep(200);
    goOn();
    await sleep(200);
    await closes();
  });

  it('ends the request of nobody else', async () => {
    const type = { 'Content-Type': 'application/offset+octet-stream', 'Content-Length': '10' };
    const client = send('PATCH', { ...type, 'Upload-Offset': '0' });
    const status = new Promise((resolve) => client.on('response', (answer) => resolve(answer.statusCode)));
    await new Promise<void>((resolve) => client.write('begun', () => resolve()));
    await sleep(200);
    await leave();
    // Longer than one may go on with that has to end.
    await sleep(1_000);
    client.end('whole');
    expect(await within(status, 'the answer')).toBe(204);
    expect(await offsetOf(upload)).toBe(10);
  });
});
