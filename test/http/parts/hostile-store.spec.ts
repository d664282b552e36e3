import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import { StorageHttpModule } from '../../../src/http/index.js';
import type { Fault } from '../../faults/fault.js';
import { FaultServer } from '../../faults/fault-server.js';
import { within } from '../../support/within.js';
import { boot, storages, type Harness } from '../harness.js';
import { currentAdapter, describeAdapters } from '../support/adapters.js';

const SECRET = 'a secret of the tests, long enough';
const CREDENTIALS = { accessKeyId: 'AKIDLEAKED', secretAccessKey: 'hunter2hunter2' };
/** What no client may be told: credentials, keys and hosts of the storage. */
const INSIDE = /AKIDLEAKED|hunter2|users\/ann|pending\/|127\.0\.0\.1|\/etc\/|lol|<script/;

const xml = (inner: string, head = ''): string => `<?xml version="1.0" encoding="UTF-8"?>\n${head}${inner}`;
const error = (message: string, code = 'AccessDenied'): string =>
  xml(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
const bomb = `<!DOCTYPE x [<!ENTITY a "lol">${Array.from(
  { length: 20 },
  (_, at) => `<!ENTITY ${String.fromCharCode(98 + at)} "${`&${String.fromCharCode(97 + at)};`.repeat(10)}">`,
).join('')}]>`;

/** What a broken or hostile store may say, with each status that it may say it with. */
const BODIES: readonly (readonly [what: string, body: string | Buffer, type?: string])[] = [
  ['a huge message', error('x'.repeat(20 * 1024 * 1024))],
  ['a huge code', error('x', 'X'.repeat(1024 * 1024))],
  ['a bomb of entities', xml('<Error><Code>&u;</Code><Message>&u;</Message></Error>', bomb)],
  [
    'an external entity',
    xml('<Error><Message>&e;</Message></Error>', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
  ],
  ['a page of HTML', '<html><body><script>alert(1)</script></body></html>', 'text/html'],
  ['control characters', error('\u0000\u0001\u001b[31m\r\nSet-Cookie: x=1\u0085\u2028', '\u0000\u0007')],
  ['markup', error('&lt;script&gt;alert(1)&lt;/script&gt;<Message>]]></Message>')],
  ['the secrets of the server', error(`AKIDLEAKED hunter2hunter2 users/ann pending/direct 127.0.0.1`)],
  ['deep elements', xml('<a>'.repeat(100_000))],
  ['bytes that are no UTF-8', Buffer.from([0x3c, 0x45, 0xff, 0xfe, 0x00, 0xc0, 0x80])],
  ['nothing', ''],
];

describeAdapters('A store that answers what it may not', () => {
  let store: FaultServer;
  let backend: S3Backend;
  let app: Harness;
  let logged: string[];
  beforeAll(async () => {
    store = await FaultServer.start();
    backend = new S3Backend({
      ...{ bucket: 'b', endpoint: store.endpoint, region: 'us-east-1', profile: 'minio' },
      credentials: CREDENTIALS,
      ...{ maxAttempts: 1, forcePathStyle: true },
    });
    app = await boot(
      [
        storages({ documents: backend }),
        StorageHttpModule.forRoot({
          storages: { documents: { operations: ['direct', 'get'] } },
          secret: SECRET,
          principal: () => 'ann',
          authorize: () => ({ scope: 'users/ann' }),
        }),
      ],
      { adapter: currentAdapter() },
    );
  });
  afterAll(async () => {
    await app.close();
    await backend.close();
    await store.close();
  });
  beforeEach(() => {
    logged = [];
    Logger.overrideLogger({ log: () => undefined, error: take, warn: take, debug: take, verbose: take });
  });
  afterEach(() => {
    store.heal();
    Logger.overrideLogger(false);
  });
  const take = (...words: unknown[]): void => void logged.push(words.map(String).join(' '));

  const sign = async (body: object): Promise<{ readonly url: string; readonly key: string }> => {
    const response = await fetch(`${app.url}/api/documents/direct/sign`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
    return JSON.parse(text) as { readonly url: string; readonly key: string };
  };
  const begin = async () => {
    const { url, key } = await sign({ method: 'POST', key: 'a.txt' });
    const text = await (await fetch(app.url + url, { method: 'POST' })).text();
    return { key, uploadId: /<UploadId>(.+)<\/UploadId>/.exec(text)?.[1] ?? '' };
  };

  it.each(BODIES)(
    'gets a short answer out of %s',
    async (_, body, type = 'application/xml') => {
      const part = '<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>';
      const content = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
      const fault = (status: number): Fault => ({
        answer: { status, headers: { 'content-type': type }, body: Buffer.from(body as string) },
        match: ({ method }) => method !== 'HEAD',
        times: 5,
      });
      for (const status of [200, 400, 403, 500]) {
        const begun = await begin();
        for (const [method, action] of [
          ['GET', 'GET'],
          ['POST', 'POST'],
          ['DELETE', 'DELETE'],
        ] as const) {
          const { url } = await sign({ method: action, ...begun });
          store.next(fault(status));
          const sent = fetch(app.url + url, { method, ...(method === 'POST' && { body: content }) });
          const response = await within(sent, 'the answer', 10_000);
          const text = await response.text();
          store.heal();
          // An abort looks at the status alone, where the store says that it is done.
          if (response.status === 204) expect([method, status, text]).toEqual(['DELETE', 200, '']);
          else {
            expect([response.status, response.headers.get('content-type')]).toEqual([
              expect.any(Number),
              'application/xml',
            ]);
            expect(response.status).toBeGreaterThanOrEqual(400);
            expect(response.headers.get('x-content-type-options')).toBe('nosniff');
            expect(response.headers.get('set-cookie')).toBeNull();
            expect(text.length).toBeLessThan(500);
            expect(text).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>[A-Z_]+<\/Code>/);
            expect(text).not.toMatch(INSIDE);
            // eslint-disable-next-line no-control-regex -- they are what may not be there
            expect(text.slice(40)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
          }
        }
      }
      const all = logged.join('\n');
      expect(all.length).toBeLessThan(512 * 1024);
      // eslint-disable-next-line no-control-regex -- they are what would reach a terminal
      expect(all).not.toMatch(/[\u0000\u0001\u0007\u001b]/);
    },
    60_000,
  );

  it('has no answer of XML that a browser would take for something else', async () => {
    const begun = await begin();
    const { url } = await sign({ method: 'GET', ...begun });
    const { url: create } = await sign({ method: 'POST', key: 'a.txt' });
    for (const response of [
      await fetch(app.url + url),
      await fetch(app.url + create, { method: 'POST' }),
      await fetch(`${app.url}/api/documents/direct/granted?grant=x`),
    ])
      expect([response.headers.get('content-type'), response.headers.get('x-content-type-options')]).toEqual([
        'application/xml',
        'nosniff',
      ]);
  });
});
