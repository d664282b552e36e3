import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tusBody } from '../../src/tus/tus-body.js';
import { within } from '../support/within.js';

const BYTES = 50_000;

it('joins the chunks of a body of which every byte is one', async () => {
  let chunks = 0;
  let bytes = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const body = tusBody(request);
      for await (const chunk of body.stream) {
        chunks++;
        bytes += chunk.byteLength;
      }
      body.release();
      response.end();
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    socket.write('PATCH / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    socket.write(`${'1\r\nx\r\n'.repeat(BYTES)}0\r\n\r\n`);
    await within(once(socket, 'data'), 'the answer', 30_000);
    expect(bytes).toBe(BYTES);
    expect(chunks).toBeLessThan(500);
  } finally {
    socket.destroy();
    server.close();
    await once(server, 'close');
  }
}, 60_000);
