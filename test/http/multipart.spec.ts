import { afterEach, expect, it } from '@jest/globals';
import { form, type Harness, keysOf, raw, serveDocuments } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { filePart, multipart } from './support/multipart.js';

let server: Harness;
afterEach(() => server.close());

const post = (body: FormData): Promise<Response> =>
  fetch(`${server.url}/api/documents/upload`, { method: 'POST', body });
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { code: string }).code;

describeAdapters('A form', () => {
  it('that is no form at all is 400', async () => {
    server = await serveDocuments();
    const response = await fetch(`${server.url}/api/documents/upload`, { method: 'POST', body: 'x' });
    expect([response.status, await codeOf(response)]).toEqual([400, 'INVALID_ARGUMENT']);
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

  it.each([
    '__proto__',
    '__proto__[x]',
    'constructor[prototype][x]',
    'a[__proto__][x]',
    'a[constructor]',
    'a[prototype]',
  ])('with a field that is named like a prototype is refused: %s', async (name) => {
    server = await serveDocuments();
    const field = `Content-Disposition: form-data; name="${name}"\r\n\r\nevil`;
    expect(await raw(server.port, multipart([field, filePart('a.txt', 'x')]))).toMatch(/^HTTP\/1.1 400/);
    expect(({} as { x?: string }).x).toBeUndefined();
    expect(await keysOf(server.storage)).toEqual([]);
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
});
