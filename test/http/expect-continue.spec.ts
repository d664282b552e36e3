import { afterEach, expect, it } from '@jest/globals';
import { Controller, HttpCode, Post } from '@nestjs/common';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { within } from '../support/within.js';
import { boot, raw, storages, type Harness } from './harness.js';
import { describeAdapters } from './support/adapters.js';

@Controller('own')
class OwnController {
  @Post()
  @HttpCode(202)
  own(): void {}
}

const FORM = 'multipart/form-data; boundary=XX';
const BODY = `--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello\r\n--XX--\r\n`;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const head = (path: string, length: number, type = FORM, method = 'POST'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: ${type}\r\n` +
  `Content-Length: ${length}\r\n`;

describeAdapters('A client that waits for 100 Continue', () => {
  let server: Harness;
  afterEach(() => server.close());

  const start = async (): Promise<void> => {
    const serve = (prefix: string, operations: readonly ('upload' | 'presign')[]) =>
      StorageHttpModule.forRoot({
        prefix,
        storages: { documents: { operations, maxSize: 1000 } },
        principal: ({ headers }) => headers['x-user'],
        authorize: ({ principal }) => principal === 'ann',
      });
    server = await boot(
      [storages({ documents: new MemoryBackend() }), serve('api', ['upload']), serve('other', ['upload'])],
      { controllers: [OwnController] },
    );
  };

  /** Sends the body when it is told to, as such a client does. @returns All that was answered. */
  const converse = (request: string, body: string): Promise<string> => {
    const socket = connect(server.port, '127.0.0.1');
    let text = '';
    const closed = new Promise<string>((resolve, reject) => {
      socket.on('error', reject).once('close', () => resolve(text));
      socket.on('data', (data) => {
        if (text === '' && String(data).startsWith(CONTINUE)) socket.write(body);
        text += String(data);
      });
    });
    socket.write(`${request}\r\n`);
    return within(closed, 'the end of the connection', 15_000).finally(() => socket.destroy());
  };

  it.each(['api', 'other'])('is told to send what is stored, below %s', async (prefix) => {
    await start();
    const request = head(`/${prefix}/documents/upload`, BODY.length) + 'X-User: ann\r\nConnection: close\r\n';
    const answer = await converse(request, BODY);
    expect(answer.startsWith(`${CONTINUE}HTTP/1.1 201 `)).toBe(true);
    expect(answer.match(/100 Continue/g)).toHaveLength(1);
  });

  it.each([
    ['whom nobody knows', 403, '/api/documents/upload', FORM, 'POST', ''],
    [
      'of what is not served',
      404,
      '/api/documents/presign',
      'application/unknown',
      'POST',
      'X-User: ann\r\n',
    ],
    ['of no form', 400, '/api/documents/upload', 'application/unknown', 'POST', 'X-User: ann\r\n'],
    [
      'of an encoded form',
      415,
      '/api/documents/upload',
      FORM,
      'POST',
      'X-User: ann\r\nContent-Encoding: gzip\r\n',
    ],
  ])('%s is answered %d, and not told to send', async (_, status, path, type, method, headers) => {
    await start();
    for (const length of [10, 10_000_000]) {
      const answer = await raw(server.port, `${head(path, length, type, method)}${headers}\r\n`, 500);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).not.toContain('100 Continue');
      expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    }
  });

  it('is told at once by other routes, and by a listener of the application alone', async () => {
    await start();
    const own = await raw(server.port, `${head('/own', 2, 'application/json')}\r\n{}`, 500);
    expect(own.startsWith(`${CONTINUE}HTTP/1.1 202 `)).toBe(true);
    const http = server.app.getHttpServer() as Server;
    http.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      response.statusCode = 417;
      response.end(request.url);
    });
    const refused = await raw(server.port, `${head('/api/documents/upload', 2)}\r\n`, 500);
    expect(refused).toMatch(/^HTTP\/1\.1 417 /);
    expect(refused.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});
