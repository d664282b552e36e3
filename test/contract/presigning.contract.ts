import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32Checksum } from '../../src/core/checksum.js';
import type { SignedUrl } from '../../src/core/signed-url.js';
import type { SignUrlOptions } from '../../src/core/sign-options.js';
import type { StorageService } from '../../src/storage/storage.service.js';
import { sleep, within } from '../support/within.js';
import { KEYS } from './keys.js';

/** What not every backend or server has, or does. */
export type SigningFeature =
  /** POST forms. */
  | 'post'
  /** The host is part of the signature. */
  | 'host'
  /** It looks at signatures at all. */
  | 'signatures'
  /** A wrong crc32 is refused. */
  | 'crc32'
  /** A wrong sha256 is refused. */
  | 'sha256';

/** Where the tests sign, and where their requests go. */
export interface SigningPlace {
  /** Its URLs are for `fetch`. */
  readonly storage: StorageService;
  destroy(): Promise<void>;
}

export interface PresigningHarness {
  /** Called once: each test has keys of its own. */
  create(): Promise<SigningPlace>;
  /** `true` (the default) or the reason why it has not got it. */
  readonly features?: Partial<Readonly<Record<SigningFeature, true | string>>>;
  /** Names of tests that cannot pass, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>;
  /** Names of rows of the key table that it refuses, each with the reason. */
  readonly refusedKeys?: Readonly<Record<string, string>>;
}

const TEXT = '0123456789';
const sha256 = (text: string) =>
  ({ algorithm: 'sha256', value: createHash('sha256').update(text).digest('base64') }) as const;
const crc = (text: string) => ({ algorithm: 'crc32', value: crc32Checksum(crc32(text)).value }) as const;

/** The answer of a client that knows nothing but the URL. The body is read, so that no connection stays open. */
async function send(
  { url, method, headers }: Pick<SignedUrl, 'url' | 'method' | 'headers'>,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const sent = { ...headers, ...(init.headers as Record<string, string> | undefined) };
  const response = await within(
    fetch(url, { method, ...init, headers: sent, redirect: 'manual' }),
    'an answer',
    10_000,
  );
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Servers differ in what they call a request that is not the one that was signed. */
function expectRefusal({ status, text }: { readonly status: number; readonly text: string }): void {
  if (status < 400 || status >= 500) throw new Error(`It was answered with ${status}: ${text}`);
}

/** Bytes have no type of their own, which fetch would send. */
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** What a signed URL has to do, whoever serves it, as a plain client sees it. */
export function presigningContract(name: string, harness: PresigningHarness): void {
  const missing = (feature: SigningFeature): string | undefined => {
    const state = harness.features?.[feature] ?? true;
    return state === true ? undefined : state;
  };
  const known = new Set<string>();
  const test = (title: string, run: () => Promise<void>, ...needs: readonly SigningFeature[]): void => {
    known.add(title);
    const reason = harness.skips?.[title] ?? needs.map(missing).find((why) => why !== undefined);
    if (reason === undefined) it(title, run, 30_000);
    else it.skip(`${title} (skipped: ${reason})`, () => undefined);
  };

  describe(`signed URLs: ${name}`, () => {
    let place: SigningPlace | undefined;
    let storage: StorageService;
    let made = 0;
    const newKey = (): string => `dir/object ${++made}.txt`;
    const stored = async (text = TEXT): Promise<string> => {
      const key = newKey();
      await storage.put(key, text, { contentType: 'text/plain' });
      return key;
    };
    const sign = (key: string, options?: SignUrlOptions): Promise<SignedUrl> =>
      storage.signedUrl(key, options);
    const upload = (signed: SignedUrl, text: string, headers: Record<string, string> = {}) =>
      send(signed, { body: bytes(text), headers });

    beforeAll(async () => {
      place = await harness.create();
      ({ storage } = place);
    }, 90_000);
    afterAll(() => place?.destroy(), 30_000);

    it('skips only what is there', () => {
      expect(Object.keys(harness.skips ?? {}).filter((title) => !known.has(title))).toEqual([]);
    });

    describe('GET and HEAD', () => {
      test('read the object', async () => {
        const key = await stored();
        const signed = await sign(key);
        expect(signed).toMatchObject({ method: 'GET', headers: {}, key });
        const answer = await send(signed);
        expect([answer.status, answer.text]).toEqual([200, TEXT]);
        expect(answer.headers.get('content-type')).toBe('text/plain');
        const head = await sign(key, { method: 'HEAD' });
        const known = await send(head);
        expect([known.status, known.headers.get('content-length'), known.text]).toEqual([200, '10', '']);
      });

      test('are valid for 900 seconds, or for as long as is asked for', async () => {
        const from = Math.floor(Date.now() / 1000) * 1000;
        const [usual, long] = [await sign('k'), await sign('k', { expiresIn: 604_800 })];
        const until = Date.now();
        for (const [{ expiresAt }, seconds] of [[usual, 900] as const, [long, 604_800] as const]) {
          expect(expiresAt.getTime()).toBeGreaterThanOrEqual(from + seconds * 1000);
          expect(expiresAt.getTime()).toBeLessThanOrEqual(until + seconds * 1000);
        }
        expect(JSON.parse(JSON.stringify(usual))).toMatchObject({ expiresAt: usual.expiresAt.toISOString() });
      });

      test('take ranges and conditions that are not signed', async () => {
        const signed = await sign(await stored());
        const part = await send(signed, { headers: { range: 'bytes=2-4' } });
        expect([part.status, part.text, part.headers.get('content-range')]).toEqual([
          206,
          '234',
          'bytes 2-4/10',
        ]);
        const etag = part.headers.get('etag') ?? '';
        expect((await send(signed, { headers: { 'if-none-match': etag } })).status).toBe(304);
        expect((await send(signed, { headers: { 'if-match': '"other"' } })).status).toBe(412);
        expect((await send(signed, { headers: { range: 'bytes=10-' } })).status).toBe(416);
      });

      test('find nothing where nothing is', async () => {
        expect((await send(await sign(newKey()))).status).toBe(404);
        expect((await send(await sign(newKey(), { method: 'HEAD' }))).status).toBe(404);
      });

      test('send other headers when they are signed', async () => {
        const key = await stored();
        const replaced = {
          responseContentType: 'application/json',
          responseContentDisposition: 'attachment; filename="a b;c.txt"',
          responseContentEncoding: 'identity',
          responseContentLanguage: 'de',
          responseCacheControl: 'max-age=77',
        };
        for (const method of ['GET', 'HEAD'] as const) {
          const { status, headers } = await send(await sign(key, { method, ...replaced }));
          expect([status, headers.get('content-type'), headers.get('content-language')]).toEqual([
            200,
            'application/json',
            'de',
          ]);
          expect(headers.get('cache-control')).toBe('max-age=77');
          expect(headers.get('content-encoding')).toBe('identity');
          expect(headers.get('content-disposition')).toMatch(/^attachment; filename="a b;c\.txt"/);
        }
        expect((await storage.head(key)).contentType).toBe('text/plain');
      });

      test('come back the same within a window', async () => {
        const key = await stored();
        const cacheable = { windowSeconds: 300_000 };
        // The windows begin with the epoch: this one does not end in the middle of the test.
        const signed = await sign(key, { cacheable });
        await sleep(1100);
        const again = await sign(key, { cacheable });
        expect(again.url).toBe(signed.url);
        expect(again.expiresAt.getTime()).toBeGreaterThanOrEqual(Date.now() + 890_000);
        expect((await send(again)).text).toBe(TEXT);
        expect((await sign(key)).url).not.toBe(signed.url);
      });
    });

    describe('PUT', () => {
      test('stores what it is given', async () => {
        const key = newKey();
        const answer = await upload(await sign(key, { method: 'PUT' }), TEXT, {
          'content-type': 'text/x-mine',
        });
        expect([answer.status, answer.text]).toEqual([200, '']);
        expect(answer.headers.get('etag')).toMatch(/^"[^"]+"$/);
        expect(await storage.text(key)).toBe(TEXT);
        const info = await storage.head(key);
        expect([info.contentType, `"${info.etag}"`]).toEqual(['text/x-mine', answer.headers.get('etag')]);
        await upload(await sign(key, { method: 'PUT' }), '');
        expect(await storage.text(key)).toBe('');
      });

      test('stores what is signed', async () => {
        const key = newKey();
        const metadata = { owner: 'Ann', note: 'grün 日本', plain: 'a  b' };
        const options = {
          contentType: 'text/x-mine; charset=UTF-8',
          size: 10,
          checksum: missing('sha256') === undefined ? sha256(TEXT) : undefined,
          metadata,
        };
        const signed = await sign(key, { method: 'PUT', ...options });
        expect(signed.headers).toMatchObject({ 'content-type': options.contentType, 'content-length': '10' });
        expect((await upload(signed, TEXT)).status).toBe(200);
        expect(await storage.text(key)).toBe(TEXT);
        expect(await storage.head(key)).toMatchObject({ contentType: options.contentType, metadata });
      });

      test(
        'takes the crc32 that is signed',
        async () => {
          const key = newKey();
          const signed = await sign(key, { method: 'PUT', checksum: crc(TEXT) });
          expect((await upload(signed, TEXT)).status).toBe(200);
          expect(await storage.text(key)).toBe(TEXT);
        },
        'crc32',
      );

      test(
        'takes no other bytes than those of the crc32',
        async () => {
          const key = newKey();
          const signed = await sign(key, { method: 'PUT', checksum: crc(TEXT) });
          expect((await upload(signed, '0123456780')).status).toBe(400);
          expect(await storage.exists(key)).toBe(false);
        },
        'crc32',
      );

      test(
        'takes no other bytes than those of the sha256',
        async () => {
          const key = newKey();
          const signed = await sign(key, { method: 'PUT', checksum: sha256(TEXT) });
          expect((await upload(signed, '0123456780')).status).toBe(400);
          expect(await storage.exists(key)).toBe(false);
        },
        'sha256',
      );

      test(
        'takes no other type than is signed',
        async () => {
          const key = newKey();
          const signed = await sign(key, { method: 'PUT', contentType: 'image/png' });
          for (const type of ['text/html', 'image/png;a=b', 'IMAGE/PNG']) {
            expect([type, (await upload(signed, TEXT, { 'content-type': type })).status]).toEqual([
              type,
              403,
            ]);
          }
          expectRefusal(await send({ ...signed, headers: {} }, { body: bytes(TEXT) }));
          expect(await storage.exists(key)).toBe(false);
        },
        'signatures',
      );

      test(
        'takes no other number of bytes than is signed',
        async () => {
          const key = newKey();
          const signed = await sign(key, { method: 'PUT', size: 10 });
          for (const text of ['', '012345678', '01234567890']) {
            // What fetch sends by itself is the length that the body has.
            const { status } = await send({ ...signed, headers: {} }, { body: bytes(text) });
            expect([text, status]).toEqual([text, 403]);
          }
          expect(await storage.exists(key)).toBe(false);
        },
        'signatures',
      );

      test(
        'wants every header that is signed, as it is signed',
        async () => {
          const key = newKey();
          const checksum = missing('crc32') === undefined ? crc(TEXT) : undefined;
          const options = { contentType: 'text/plain', checksum, metadata: { owner: 'ann' } };
          const signed = await sign(key, { method: 'PUT', ...options });
          for (const header of Object.keys(signed.headers)) {
            const { [header]: value = '', ...rest } = signed.headers;
            expectRefusal(await send({ ...signed, headers: rest }, { body: bytes(TEXT) }));
            expectRefusal(await upload(signed, TEXT, { [header]: value.replace(/^./, 'x') }));
          }
          expect(await storage.exists(key)).toBe(false);
        },
        'signatures',
      );
    });

    describe('DELETE', () => {
      test('deletes the object, and finds nothing wrong when it is gone', async () => {
        const key = await stored();
        const signed = await sign(key, { method: 'DELETE' });
        expect((await send(signed)).status).toBe(204);
        expect(await storage.exists(key)).toBe(false);
        expect((await send(signed)).status).toBe(204);
      });
    });

    describe('POST', () => {
      const form = (fields: Readonly<Record<string, string>>, file: string, type = ''): FormData => {
        const data = new FormData();
        for (const [field, value] of Object.entries(fields)) data.append(field, value);
        data.append('file', new Blob([file], { type }), 'name of a file.txt');
        return data;
      };
      const post = (signed: SignedUrl, file: string, change: Record<string, string> = {}) =>
        send(signed, { body: form({ ...signed.fields, ...change }, file) });

      test(
        'stores a file by a form',
        async () => {
          const key = newKey();
          const metadata = { owner: 'ann' };
          const signed = await sign(key, { method: 'POST', contentType: 'text/x-mine', size: 10, metadata });
          expect([signed.method, signed.headers]).toEqual(['POST', {}]);
          const answer = await post(signed, TEXT);
          expect([answer.status, answer.text]).toEqual([204, '']);
          expect(await storage.text(key)).toBe(TEXT);
          expect(await storage.head(key)).toMatchObject({ contentType: 'text/x-mine', metadata });
        },
        'post',
      );

      test(
        'stores nothing that the form does not allow',
        async () => {
          const key = newKey();
          const other = newKey();
          const metadata = { owner: 'ann' };
          const signed = await sign(key, { method: 'POST', contentType: 'text/plain', size: 10, metadata });
          for (const size of [0, 9, 11]) expect((await post(signed, 'x'.repeat(size))).status).toBe(400);
          for (const [field, value] of Object.entries(signed.fields ?? {})) {
            const changed = field === 'key' ? other : `x${value}`;
            expectRefusal(await post(signed, TEXT, { [field]: changed }));
            const rest = Object.fromEntries(
              Object.entries(signed.fields ?? {}).filter(([one]) => one !== field),
            );
            expectRefusal(await send(signed, { body: form(rest, TEXT) }));
          }
          expect([await storage.exists(key), await storage.exists(other)]).toEqual([false, false]);
        },
        'post',
        'signatures',
      );

      test(
        'ends with its time',
        async () => {
          const key = newKey();
          const signed = await sign(key, { method: 'POST', expiresIn: 1 });
          await sleep(signed.expiresAt.getTime() - Date.now() + 1100);
          expect((await post(signed, TEXT)).status).toBe(403);
          expect(await storage.exists(key)).toBe(false);
        },
        'post',
        'signatures',
      );
    });

    describe('refused', () => {
      const refused = async (url: string, signed: Omit<SignedUrl, 'key' | 'expiresAt'>): Promise<void> => {
        const hasBody = signed.method === 'PUT' || signed.method === 'POST';
        const { status, text } = await send({ ...signed, url }, hasBody ? { body: bytes(TEXT) } : {});
        // A GET of a server that knows no such place says so; nobody answers with the object.
        expect([url, status >= 400 && status < 500, text === TEXT]).toEqual([url, true, false]);
      };
      const signedAll = async (): Promise<{ readonly key: string; readonly all: readonly SignedUrl[] }> => {
        const key = await stored();
        const all = [
          await sign(key, { responseContentType: 'text/css', responseContentDisposition: 'attachment' }),
          await sign(key, { method: 'HEAD' }),
          await sign(key, { method: 'PUT', contentType: 'text/plain', size: 10, metadata: { a: 'b' } }),
          await sign(key, { method: 'DELETE' }),
        ];
        return { key, all };
      };
      /** Each parameter, and the URL with others in its place. */
      const parametersOf = (url: string) => {
        const { search } = new URL(url);
        const pairs = search.slice(1).split('&');
        return pairs.map((pair, index) => ({
          pair,
          replaced: (...now: readonly string[]) =>
            url.slice(0, -search.length + 1) + pairs.toSpliced(index, 1, ...now).join('&'),
        }));
      };
      const otherThan = (character: string | undefined): string => (character === '0' ? '1' : '0');
      const unchanged = async (key: string): Promise<void> => {
        const { contentType, metadata } = await storage.head(key);
        expect([await storage.text(key), contentType, metadata ?? {}]).toEqual([TEXT, 'text/plain', {}]);
      };

      test(
        'when it has expired',
        async () => {
          const key = await stored();
          const all = [
            await sign(key, { expiresIn: 1 }),
            await sign(key, { expiresIn: 1, method: 'HEAD' }),
            await sign(key, { expiresIn: 1, method: 'PUT' }),
            await sign(key, { expiresIn: 1, method: 'DELETE' }),
          ];
          const last = Math.max(...all.map(({ expiresAt }) => expiresAt.getTime()));
          await sleep(last - Date.now() + 1100);
          for (const signed of all) {
            const { status } = await send(signed, signed.method === 'PUT' ? { body: bytes('late') } : {});
            expect([signed.method, status]).toEqual([signed.method, 403]);
          }
          await unchanged(key);
        },
        'signatures',
      );

      test(
        'when a parameter is changed, dropped or added',
        async () => {
          const { key, all } = await signedAll();
          for (const signed of all) {
            for (const { pair, replaced } of parametersOf(signed.url)) {
              const [parameter = '', value = ''] = pair.split('=');
              await refused(replaced(), signed);
              await refused(replaced(`${parameter}=`), signed);
              await refused(replaced(`${parameter}=${value.slice(0, -1)}${otherThan(value.at(-1))}`), signed);
              await refused(replaced(`${parameter}=${otherThan(value[0])}${value.slice(1)}`), signed);
              await refused(replaced(`${pair}0`), signed);
            }
            await refused(`${signed.url}&response-cache-control=no-store`, signed);
            await refused(signed.url.replace('?', '?versionId=null&'), signed);
            await refused(signed.url.replace(/\?.*/, '?'), signed);
          }
          await unchanged(key);
        },
        'signatures',
      );

      test(
        'when a parameter is there twice',
        async () => {
          const { key, all } = await signedAll();
          for (const signed of all) {
            for (const { pair, replaced } of parametersOf(signed.url)) {
              const [parameter = ''] = pair.split('=');
              await refused(replaced(pair, `${parameter}=0`), signed);
              await refused(replaced(`${parameter}=0`, pair), signed);
              await refused(replaced(pair, pair), signed);
            }
          }
          await unchanged(key);
        },
        'signatures',
      );

      test(
        'when the key is another one, however it is written',
        async () => {
          const key = 'a/b';
          const names = [
            'a',
            'A/b',
            'a/B',
            'a/b2',
            'a/b/',
            'b',
            'x/b',
            'a%2Fb',
            'a%252Fb',
            'a/%62%00',
            '/a/b',
            'a//b',
          ];
          await storage.put(key, TEXT, { contentType: 'text/plain' });
          for (const other of ['A/b', 'b', 'x/b', 'a/b2']) await storage.put(`secret/${other}`, 'secret');
          for (const method of ['GET', 'PUT', 'DELETE'] as const) {
            const signed = await sign(key, { method });
            const { search } = new URL(signed.url);
            const base = signed.url.slice(0, -search.length - key.length);
            expect(signed.url).toBe(`${base}${key}${search}`);
            const others = [
              ...names,
              'secret/b',
              'a/b/../../secret/b',
              'a/b/%2e%2e/%2e%2e/secret/b',
              '../secret/b',
            ];
            for (const other of others.filter((one) => one !== 'a%2Fb')) {
              await refused(`${base}${other}${search}`, signed);
            }
          }
          await unchanged(key);
        },
        'signatures',
      );

      test(
        'when the method is another one',
        async () => {
          const { key, all } = await signedAll();
          for (const signed of all) {
            for (const method of ['GET', 'PUT', 'DELETE', 'POST'] as const) {
              if (method === signed.method) continue;
              await refused(signed.url, { url: signed.url, method, headers: {} });
            }
          }
          const put = all.find(({ method }) => method === 'PUT');
          if (put) expect((await send(put, { method: 'HEAD' })).status).toBeGreaterThanOrEqual(400);
          await unchanged(key);
        },
        'signatures',
      );

      test(
        'when the host is another one',
        async () => {
          const signed = await sign(await stored());
          const url = new URL(signed.url);
          url.hostname = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
          expect((await send({ ...signed, url: url.href })).status).toBe(403);
        },
        'host',
      );
    });

    describe('in a scope', () => {
      test('reach the objects of the scope, and name its keys', async () => {
        const scope = storage.scoped('tenants/1');
        const put = await scope.signedUrl('a b.txt', { method: 'PUT' });
        expect(put.key).toBe('a b.txt');
        expect((await upload(put, TEXT)).status).toBe(200);
        expect(await storage.text('tenants/1/a b.txt')).toBe(TEXT);
        const get = await scope.signedUrl('a b.txt');
        expect([get.key, (await send(get)).text]).toEqual(['a b.txt', TEXT]);
      });

      test(
        'reach no object of another one',
        async () => {
          await storage.put('tenants/2/a', 'secret');
          await storage.put('tenants/1/a', TEXT);
          const { url } = await storage.scoped('tenants/1').signedUrl('a');
          for (const other of [url.replace('tenants/1/', 'tenants/2/'), url.replace('tenants/1/', '')]) {
            const answer = await send({ url: other, method: 'GET', headers: {} });
            expect([answer.status >= 400, answer.text.includes('secret')]).toEqual([true, false]);
          }
        },
        'signatures',
      );
    });

    describe('of any key', () => {
      const { refusedKeys = {} } = harness;
      const kept = KEYS.filter(({ rule }) => rule === 'kept');
      for (const { name: row, key } of kept) {
        const reason = Object.hasOwn(refusedKeys, row) ? refusedKeys[row] : undefined;
        if (reason !== undefined) {
          it.skip(`${row} (skipped: ${reason})`, () => undefined);
          continue;
        }
        it(`keeps its bytes: ${row}`, async () => {
          const scope = storage.scoped('keys');
          const place = Buffer.byteLength(`keys/${key}`) > 1024 ? storage : scope;
          expect((await upload(await place.signedUrl(key, { method: 'PUT' }), row)).status).toBe(200);
          expect(await place.text(key)).toBe(row);
          const answer = await send(await place.signedUrl(key));
          expect([answer.status, answer.text]).toEqual([200, row]);
          expect((await send(await place.signedUrl(key, { method: 'DELETE' }))).status).toBe(204);
          expect(await place.exists(key)).toBe(false);
        }, 30_000);
      }
    });
  });
}
