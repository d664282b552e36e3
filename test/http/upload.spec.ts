import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { Body } from '../../src/core/backend.js';
import type { ObjectInfo } from '../../src/core/object.js';
import type { PutOptions } from '../../src/core/options.js';
import { StorageError } from '../../src/core/error.js';
import { form, type Harness, keysOf, raw, serveDocuments, until } from './harness.js';

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
afterEach(() => server.close());

const post = (body: FormData, path = '/api/documents/upload'): Promise<Response> =>
  fetch(server.url + path, { method: 'POST', body });
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { code: string }).code;

function multipart(parts: readonly string[], boundary = 'XX', end = true): string {
  const body =
    parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('') + (end ? `--${boundary}--\r\n` : '');
  return (
    'POST /api/documents/upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
    `Content-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
const filePart = (name: string, content: string, type = 'text/plain', field = 'file'): string =>
  `Content-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n${content}`;

describe('An upload', () => {
  it('of one file answers 201 with what is stored and where it is served', async () => {
    server = await serveDocuments();
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
    server = await serveDocuments();
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
    server = await serveDocuments();
    expect(await (await post(form(['files', 'a', 'a.txt']))).json()).toHaveLength(1);
  });

  it('puts the base URL before the path where there is one', async () => {
    server = await serveDocuments({ group: 'all ours' }, { baseUrl: 'https://files.example.com/' });
    const { url, key } = (await (await post(form(['file', 'a', 'a.txt']))).json()) as Answer;
    expect(key).toMatch(/^all ours\//);
    expect(url).toBe(`https://files.example.com/api/documents/objects/${key.replace(' ', '%20')}`);
  });

  it('stores under the key of the option, and never over another object', async () => {
    server = await serveDocuments({ key: ({ contentType }) => `fixed.${contentType.split('/')[1]}` });
    expect(((await (await post(form(['file', 'a', 'x.txt']))).json()) as Answer).key).toBe('fixed.plain');
    const again = await post(form(['file', 'b', 'x.txt']));
    expect([again.status, await codeOf(again)]).toEqual([409, 'ALREADY_EXISTS']);
    expect(await server.storage.text('fixed.plain')).toBe('a');
  });

  it.each([1, 1024, 70_000])(
    'takes a file of exactly %d bytes, and stores nothing of one byte more',
    async (maxSize) => {
      const backend = new RecordingBackend();
      server = await serveDocuments({ maxSize }, { backend });
      expect((await post(form(['file', 'x'.repeat(maxSize), 'a.txt']))).status).toBe(201);
      const response = await post(form(['files', 'o', 'o.txt'], ['files', 'x'.repeat(maxSize + 1), 'a.txt']));
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({
        code: 'TOO_LARGE',
        detail: `A file may have at most ${maxSize} bytes`,
      });
      expect(await keysOf(server.storage)).toHaveLength(1);
      expect(backend.committed).toEqual([maxSize, 1]);
    },
  );

  it('refuses at once what says that it is longer than all files may be', async () => {
    server = await serveDocuments({ maxSize: 1000 });
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
    server = await serveDocuments({ types: ['image/*', 'text/plain'] });
    const response = await post(form(['files', 'a', 'a.txt'], ['files', '<p>', 'b.html', 'text/html']));
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 'TYPE_REFUSED', title: 'Unsupported Media Type' });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await keysOf(server.storage)).toEqual([]);
    expect((await post(form(['file', 'a', 'a.png', 'image/png']))).status).toBe(201);
  });

  it('refuses a type that is longer than any is, also of an allowed family', async () => {
    server = await serveDocuments({ types: ['audio/*'] });
    const response = await post(form(['file', 'a', 'a', `audio/${'x'.repeat(250)}`]));
    expect([response.status, await codeOf(response)]).toEqual([415, 'TYPE_REFUSED']);
    expect((await post(form(['file', 'a', 'a', `audio/${'x'.repeat(127)}`]))).status).toBe(201);
  });

  it.each([
    ['no file', () => form()],
    ['an unknown field', () => form(['avatar', 'a', 'a.txt'])],
    ['two files in "file"', () => form(['file', 'a', 'a.txt'], ['file', 'b', 'b.txt'])],
    ['more files than allowed', () => form(...[1, 2, 3, 4].map((n) => ['files', 'a', `${n}.txt`] as const))],
  ])('with %s is 400 and leaves nothing', async (_name, make) => {
    server = await serveDocuments({ maxFiles: 3 });
    const response = await post(make());
    expect([response.status, await codeOf(response)]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(await keysOf(server.storage)).toEqual([]);
  });

  it('that is no form at all is 400', async () => {
    server = await serveDocuments();
    const response = await fetch(`${server.url}/api/documents/upload`, { method: 'POST', body: 'x' });
    expect([response.status, await codeOf(response)]).toEqual([400, 'INVALID_ARGUMENT']);
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
    server = await serveDocuments();
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

  it.each([
    ['a name of dots', [filePart('..', 'x')]],
    ['an empty name', [filePart('', 'x')]],
    ['__proto__ as the field of a file', [filePart('a.txt', 'x', 'text/plain', '__proto__')]],
  ])('with %s stores nothing', async (_name, parts) => {
    server = await serveDocuments();
    expect(await raw(server.port, multipart(parts))).toMatch(/^HTTP\/1.1 400/);
    expect(await keysOf(server.storage)).toEqual([]);
  });

  it('is not polluted by fields that are named like prototypes', async () => {
    server = await serveDocuments();
    const fields = ['__proto__[x]', 'constructor[prototype][x]', '__proto__'].map(
      (name) => `Content-Disposition: form-data; name="${name}"\r\n\r\nevil`,
    );
    expect(await raw(server.port, multipart([...fields, filePart('a.txt', 'x')]))).toMatch(/^HTTP\/1.1 201/);
    expect(({} as { x?: string }).x).toBeUndefined();
  });

  it.each([
    ['a part without headers', multipart(['\r\nx'])],
    ['a malformed part header', multipart(['Content-Disposition form-data\r\n\r\nx'])],
    [
      'a raw NUL in a header',
      multipart(['Content-Disposition: form-data; name="fi\0le"; filename="a"\r\n\r\nx']),
    ],
    ['no end', multipart([filePart('a.txt', 'x')], 'XX', false)],
    ['only the beginning of a part header', multipart(['Content-Disposition: form-da'], 'XX', false)],
    ['an empty body', multipart([], 'XX', false)],
    ['no boundary', multipart([filePart('a.txt', 'x')]).replace('; boundary=XX', '')],
    ['an empty boundary', multipart([filePart('a.txt', 'x')]).replace('boundary=XX', 'boundary=')],
    ['a boundary of 71', multipart([filePart('a.txt', 'x')], 'B'.repeat(71))],
    ['a boundary of 4000', multipart([filePart('a.txt', 'x')], 'B'.repeat(4000))],
    ['no field name', multipart([filePart('a.txt', 'x').replace('name="file"; ', '')])],
    ['an empty field name', multipart([filePart('a.txt', 'x', 'text/plain', '')])],
    [
      'a name that is too deep',
      multipart([`Content-Disposition: form-data; name="a${'[b]'.repeat(30)}"\r\n\r\nx`]),
    ],
    [
      'an index that is too large',
      multipart(['Content-Disposition: form-data; name="a[4294967294]"\r\n\r\nx']),
    ],
    [
      'a field that is too long',
      multipart([`Content-Disposition: form-data; name="a"\r\n\r\n${'x'.repeat(70_000)}`]),
    ],
    [
      'too many fields',
      multipart(
        Array.from({ length: 101 }, (_, i) => `Content-Disposition: form-data; name="${i}"\r\n\r\nx`),
      ),
    ],
  ])('with %s is 400, and the server lives on', async (_name, request) => {
    server = await serveDocuments();
    const answer = await raw(server.port, request);
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(answer).toContain('INVALID_ARGUMENT');
    expect(await keysOf(server.storage)).toEqual([]);
    expect((await post(form(['file', 'a', 'a.txt']))).status).toBe(201);
  });

  it('of another multipart type is 415', async () => {
    server = await serveDocuments();
    const answer = await raw(
      server.port,
      multipart([filePart('a.txt', 'x')]).replace('form-data;', 'mixed;'),
    );
    expect(answer).toMatch(/^HTTP\/1.1 415/);
  });

  it('leaves nothing when the client goes in the middle, nor of the file before', async () => {
    const backend = new RecordingBackend();
    server = await serveDocuments({}, { backend });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const body = multipart([
      filePart('a.txt', 'first', 'text/plain', 'files'),
      filePart('b.txt', 'x'.repeat(200_000), 'text/plain', 'files'),
    ]);
    socket.write(body.slice(0, -100_000));
    await until(() => backend.received > 50_000);
    expect(await keysOf(server.storage)).toHaveLength(1);
    socket.destroy();
    await until(async () => (await keysOf(server.storage)).length === 0 && backend.running === 0);
    expect(backend.committed).toEqual([5]);
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
    const backend = new RecordingBackend();
    server = await serveDocuments({}, { backend });
    const body = multipart([filePart('b.txt', 'x'.repeat(100_000))]);
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => undefined);
        await new Promise((resolve) => socket.write(body.slice(0, 200 + i * 900), resolve));
        socket.resetAndDestroy();
      }),
    );
    await until(() => backend.running === 0);
    expect(backend.committed).toEqual([]);
    expect(await keysOf(server.storage)).toEqual([]);
    expect((await post(form(['file', 'a', 'a.txt']))).status).toBe(201);
  });

  it('takes back a file that is stored only after the request has failed', async () => {
    const backend = new RecordingBackend();
    backend.delayMs = 100;
    server = await serveDocuments({ types: ['text/plain'] }, { backend });
    const response = await post(form(['files', 'a', 'a.txt'], ['files', '<p>', 'b.html', 'text/html']));
    expect(response.status).toBe(415);
    await until(() => backend.running === 0);
    expect(await keysOf(server.storage)).toEqual([]);
  });

  it('answers what the storage says, without its words', async () => {
    const backend = new RecordingBackend();
    backend.failure = new StorageError('NO_SPACE', '/var/lib/secret is full');
    server = await serveDocuments({}, { backend });
    const response = await post(form(['file', 'x'.repeat(300_000), 'a.txt']));
    const text = await response.text();
    expect(response.status).toBe(507);
    expect(text).not.toContain('secret');
    expect(text).not.toMatch(/\d{4}\/\d{2}\//);
  });

  it('streams: the storage sees the beginning before the client has sent the end', async () => {
    const backend = new RecordingBackend();
    server = await serveDocuments({}, { backend });
    const socket = connect(server.port, '127.0.0.1');
    const body = multipart([filePart('b.txt', 'x'.repeat(400_000))]);
    socket.write(body.slice(0, 200_000));
    await until(() => backend.received > 100_000);
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.write(body.slice(200_000));
    expect(await answer).toMatch(/^HTTP\/1.1 201/);
    socket.destroy();
  });

  it('holds no more than a few MiB of 64 MiB while the storage is slow', async () => {
    const backend = new RecordingBackend();
    backend.pause = true;
    server = await serveDocuments({}, { backend });
    const size = 64 * 1024 * 1024;
    let sent = 0;
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const head =
      '--XX\r\nContent-Disposition: form-data; name="file"; filename="b.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(head)),
      pull(controller) {
        if (sent < size) {
          sent += chunk.length;
          controller.enqueue(chunk);
        } else {
          controller.enqueue(Buffer.from('\r\n--XX--\r\n'));
          controller.close();
        }
      },
    });
    const request = fetch(`${server.url}/api/documents/upload`, {
      method: 'POST',
      body: source,
      headers: { 'Content-Type': 'multipart/form-data; boundary=XX' },
      duplex: 'half',
    });
    await until(() => backend.running === 1 && sent > 1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The kernel's socket buffers take some MiB, too.
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    expect(backend.buffered).toBeLessThan(2 * 1024 * 1024);
    backend.resume();
    const response = await request;
    expect(((await response.json()) as Answer).size).toBe(size);
  });
});

/** Counts what it receives, keeps it while small, and may be slow or fail. */
class RecordingBackend extends MemoryBackend {
  running = 0;
  /** Sizes of what was stored, if only for a moment. */
  readonly committed: number[] = [];
  received = 0;
  delayMs = 0;
  failure: Error | undefined;
  pause = false;
  private body: Body | undefined;
  private go: () => void = () => undefined;

  get buffered(): number {
    return this.body && 'readableLength' in this.body ? this.body.readableLength : 0;
  }

  resume(): void {
    this.pause = false;
    this.go();
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    this.running++;
    this.body = body;
    try {
      if (this.pause) {
        // Begins to read, so that the body fills up, and then waits.
        (body as NodeJS.ReadableStream).read(0);
        await new Promise<void>((resolve) => (this.go = resolve));
      }
      if (this.failure) throw this.failure;
      if ('on' in body) {
        const stream = body as unknown as { on(event: 'data', listener: (chunk: Buffer) => void): void };
        stream.on('data', (chunk) => (this.received += chunk.length));
      }
      const info = await super.put(key, body, options);
      this.committed.push(info.size);
      if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
      return info;
    } finally {
      this.running--;
    }
  }
}
