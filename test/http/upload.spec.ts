import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { MIB } from '../support/bodies.js';
import { form, type Harness, keysOf, raw, serveDocuments } from './harness.js';
import { CONTENTS } from './support/contents.js';
import { filePart, multipart } from './support/multipart.js';
import { forEachPlace } from './support/places.js';
import { WatchedWrites } from './support/watched-writes.js';
import { until } from '../support/until.js';

interface Answer {
  readonly key: string;
  readonly size: number;
  readonly contentType: string;
  readonly etag: string;
  readonly checksum: { readonly algorithm: string; readonly value: string };
  readonly name: string;
  readonly url: string;
}

let server: Harness;

const post = (body: FormData, path = '/api/documents/upload'): Promise<Response> =>
  fetch(server.url + path, { method: 'POST', body });
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { code: string }).code;

forEachPlace(({ open, storesIfAbsent }) => {
  type Serve = typeof serveDocuments;
  const serve = async (options?: Parameters<Serve>[0], extras?: Parameters<Serve>[1]): Promise<void> => {
    server = await serveDocuments(options, { ...(await open()), ...extras });
  };
  /** As `serve`, and tells what is written. */
  const watch = async (options?: Parameters<Serve>[0]): Promise<WatchedWrites> => {
    const { backend, destroy } = await open();
    const writes = new WatchedWrites(backend);
    server = await serveDocuments(options, { backend: writes.backend, destroy });
    return writes;
  };
  afterEach(() => server.close());

  describe('An upload', () => {
    it('of one file answers 201 with what is stored and where it is served', async () => {
      await serve();
      const response = await post(form(['file', 'hello', 'Überblick 日本.txt']));
      expect(response.status).toBe(201);
      const answer = (await response.json()) as Answer;
      expect(answer).toMatchObject({ size: 5, contentType: 'text/plain', name: 'Überblick 日本.txt' });
      expect(answer.key).toMatch(/^\d{4}\/\d{2}\/[0-9a-f-]{36}\.txt$/);
      expect(answer.url).toBe(`/api/documents/objects/${answer.key}`);
      expect(answer.checksum.algorithm).toBe('crc32');
      expect(Object.keys(answer).sort()).toEqual(
        ['checksum', 'contentType', 'etag', 'key', 'name', 'size', 'url'].sort(),
      );
      const got = await fetch(server.url + answer.url);
      expect(await got.text()).toBe('hello');
      expect(got.headers.get('etag')).toBe(`"${answer.etag}"`);
      expect(got.headers.get('content-disposition')).toContain(
        "filename*=UTF-8''%C3%9Cberblick%20%E6%97%A5%E6%9C%AC.txt",
      );
    });

    it('of several files answers an array of them', async () => {
      await serve();
      const response = await post(
        form(['files', 'a', 'a.txt'], ['files', 'bb', 'b.txt'], ['files', '', 'c.txt']),
      );
      expect(response.status).toBe(201);
      expect(((await response.json()) as Answer[]).map(({ name, size }) => [name, size])).toEqual([
        ['a.txt', 1],
        ['b.txt', 2],
        ['c.txt', 0],
      ]);
      expect(await keysOf(server.storage)).toHaveLength(3);
    });

    it('of one file in "files" still answers an array', async () => {
      await serve();
      expect(await (await post(form(['files', 'a', 'a.txt']))).json()).toHaveLength(1);
    });

    it('puts the base URL before the path where there is one', async () => {
      await serve({ group: 'all ours' }, { baseUrl: 'https://files.example.com/' });
      const { url, key } = (await (await post(form(['file', 'a', 'a.txt']))).json()) as Answer;
      expect(key).toMatch(/^all ours\//);
      expect(url).toBe(`https://files.example.com/api/documents/objects/${key.replace(' ', '%20')}`);
    });

    it('stores under the key of the option and never over another object, or refuses to', async () => {
      await serve({ key: ({ contentType }) => `fixed.${contentType.split('/')[1]}` });
      const first = await post(form(['file', 'a', 'x.txt']));
      if (!storesIfAbsent) {
        expect([first.status, await codeOf(first)]).toEqual([501, 'UNSUPPORTED']);
        expect(await keysOf(server.storage)).toEqual([]);
        return;
      }
      expect(((await first.json()) as Answer).key).toBe('fixed.plain');
      const again = await post(form(['file', 'b', 'x.txt']));
      expect([again.status, await codeOf(again)]).toEqual([409, 'ALREADY_EXISTS']);
      expect(await server.storage.text('fixed.plain')).toBe('a');
    });

    it.each([1, 1024, 70_000])(
      'takes a file of exactly %d bytes, and stores nothing of one byte more',
      async (maxSize) => {
        const writes = await watch({ maxSize });
        expect((await post(form(['file', 'x'.repeat(maxSize), 'a.txt']))).status).toBe(201);
        const response = await post(
          form(['files', 'o', 'o.txt'], ['files', 'x'.repeat(maxSize + 1), 'a.txt']),
        );
        expect(response.status).toBe(413);
        expect(await response.json()).toMatchObject({
          code: 'TOO_LARGE',
          detail: `A file may have at most ${maxSize} bytes`,
        });
        expect(await keysOf(server.storage)).toHaveLength(1);
        expect(writes.committed).toEqual([maxSize, 1]);
      },
    );

    it('takes a file of many parts up to the limit, and refuses one that passes it when parts are stored', async () => {
      await serve({ maxSize: 20 * MIB });
      const content = randomBytes(20 * MIB);
      const { url } = (await (await post(form(['file', content, 'a.bin']))).json()) as Answer;
      expect(Buffer.from(await (await fetch(server.url + url)).arrayBuffer()).equals(content)).toBe(true);
      const larger = await post(form(['file', randomBytes(20 * MIB + 1), 'b.bin']));
      expect([larger.status, await codeOf(larger)]).toEqual([413, 'TOO_LARGE']);
      expect(await keysOf(server.storage)).toHaveLength(1);
    }, 60_000);

    it('refuses at once what says that it is longer than all files may be', async () => {
      await serve({ maxSize: 1000 });
      const answer = await raw(
        server.port,
        'POST /api/documents/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n' +
          'Content-Type: multipart/form-data; boundary=XX\r\n\r\n--XX\r\n',
        300,
      );
      expect(answer).toMatch(/^HTTP\/1.1 413/);
      expect(answer).toContain('TOO_LARGE');
    });

    it('refuses a type that is not listed, and removes the file before it', async () => {
      await serve({ types: ['image/*', 'text/plain'] });
      const response = await post(form(['files', 'a', 'a.txt'], ['files', '<p>', 'b.html', 'text/html']));
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({ code: 'TYPE_REFUSED', title: 'Unsupported Media Type' });
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await keysOf(server.storage)).toEqual([]);
      expect((await post(form(['file', CONTENTS.png, 'a.png', 'image/png']))).status).toBe(201);
    });

    it('refuses a type that is longer than any is, also of an allowed family', async () => {
      await serve({ types: ['audio/*'], sniff: false });
      const response = await post(form(['file', 'a', 'a', `audio/${'x'.repeat(250)}`]));
      expect([response.status, await codeOf(response)]).toEqual([415, 'TYPE_REFUSED']);
      expect((await post(form(['file', 'a', 'a', `audio/${'x'.repeat(127)}`]))).status).toBe(201);
    });

    it.each([
      ['no file', () => form()],
      ['an unknown field', () => form(['avatar', 'a', 'a.txt'])],
      ['two files in "file"', () => form(['file', 'a', 'a.txt'], ['file', 'b', 'b.txt'])],
      [
        'more files than allowed',
        () => form(...[1, 2, 3, 4].map((n) => ['files', 'a', `${n}.txt`] as const)),
      ],
    ])('with %s is 400 and leaves nothing', async (_name, make) => {
      await serve({ maxFiles: 3 });
      const response = await post(make());
      expect([response.status, await codeOf(response)]).toEqual([400, 'INVALID_ARGUMENT']);
      expect(await keysOf(server.storage)).toEqual([]);
    });

    it.each([
      ['../../etc/passwd', 'passwd'],
      ['..\\\\..\\\\win.ini', 'win.ini'],
      ['a%0D%0AX-Evil: 1.txt', 'aX-Evil: 1.txt'],
      ['photo\u202egpj.exe', 'photogpj.exe'],
      ['.htaccess', '.htaccess'],
      ['%22quoted%22.txt', '"quoted".txt'],
      [`${'ü'.repeat(300)}.txt`, `${'ü'.repeat(125)}.txt`],
    ])('never lets the name %j into the key, and shows it as %j', async (given, shown) => {
      await serve();
      const answer = await raw(server.port, multipart([filePart(given, 'x')]));
      expect(answer).toMatch(/^HTTP\/1.1 201/);
      const body = JSON.parse(
        Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1').toString(),
      ) as Answer;
      expect(body.name).toBe(shown);
      expect(body.key).toMatch(/^[0-9a-f/.-]+\.txt$/);
      const got = await fetch(server.url + body.url);
      expect(got.status).toBe(200);
      expect(got.headers.get('x-evil')).toBeNull();
    });

    it('leaves nothing when the client goes in the middle, nor of the file before', async () => {
      const writes = await watch();
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      const body = multipart([
        filePart('a.txt', 'first', 'text/plain', 'files'),
        filePart('b.txt', 'x'.repeat(200_000), 'text/plain', 'files'),
      ]);
      socket.write(body.slice(0, -100_000));
      await until(async () => writes.received > 50_000 && (await keysOf(server.storage)).length === 1);
      socket.destroy();
      await until(async () => (await keysOf(server.storage)).length === 0 && writes.running === 0);
      expect(writes.committed).toEqual([5]);
      await until(
        async () =>
          new Promise<boolean>((resolve) =>
            (
              server.app.getHttpServer() as {
                getConnections(done: (error: unknown, count: number) => void): void;
              }
            ).getConnections((_error, count) => resolve(count === 0)),
          ),
      );
    });

    it('survives many clients that go', async () => {
      const writes = await watch();
      const body = multipart([filePart('b.txt', 'x'.repeat(100_000))]);
      await Promise.all(
        Array.from({ length: 100 }, async (_, i) => {
          const socket = connect(server.port, '127.0.0.1');
          socket.on('error', () => undefined);
          await new Promise((resolve) => socket.write(body.slice(0, 200 + i * 900), resolve));
          socket.resetAndDestroy();
        }),
      );
      await until(() => writes.running === 0);
      expect(writes.committed).toEqual([]);
      expect(await keysOf(server.storage)).toEqual([]);
      expect((await post(form(['file', 'a', 'a.txt']))).status).toBe(201);
    });

    it('takes back a file that is stored only after the request has failed', async () => {
      const writes = await watch({ types: ['text/plain'] });
      writes.delayMs = 100;
      const response = await post(form(['files', 'a', 'a.txt'], ['files', '<p>', 'b.html', 'text/html']));
      expect(response.status).toBe(415);
      await until(() => writes.running === 0);
      expect(await keysOf(server.storage)).toEqual([]);
    });

    it('streams: the storage sees the beginning before the client has sent the end', async () => {
      const writes = await watch();
      const socket = connect(server.port, '127.0.0.1');
      const body = multipart([filePart('b.txt', 'x'.repeat(400_000))]);
      socket.write(body.slice(0, 200_000));
      await until(() => writes.received > 100_000);
      const answer = new Promise<string>((resolve) =>
        socket.once('data', (data) => resolve(data.toString())),
      );
      socket.write(body.slice(200_000));
      expect(await answer).toMatch(/^HTTP\/1.1 201/);
      socket.destroy();
    });
  });
});
