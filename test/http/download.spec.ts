import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ObjectInfo } from '../../src/core/object.js';
import { type Harness, raw, serveDocuments } from './harness.js';
import { forEachPlace } from './support/places.js';
import { until } from '../support/until.js';

const TEXT = '0123456789';
let server: Harness;
let info: ObjectInfo;
let empty: ObjectInfo;

const get = (headers: Record<string, string> = {}, path = 'a.txt', method = 'GET'): Promise<Response> =>
  fetch(`${server.url}/api/documents/objects/${path}`, { headers, method });
const past = 'Mon, 01 Jan 2001 00:00:00 GMT';
const future = 'Fri, 01 Jan 2100 00:00:00 GMT';

forEachPlace(({ open }) => {
  describe('A download', () => {
    beforeAll(async () => {
      server = await serveDocuments({}, await open());
      await server.storage.put('a.txt', TEXT, { contentType: 'text/plain' });
      info = await server.storage.head('a.txt');
      empty = await server.storage.put('empty', '', { contentType: 'text/plain' });
    });
    afterAll(() => server.close());

    it('has the headers of the object', async () => {
      const response = await get();
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        etag: `"${info.etag}"`,
        'last-modified': info.lastModified.toUTCString(),
        'content-length': '10',
        'content-type': 'text/plain',
        'accept-ranges': 'bytes',
        'cache-control': 'private, no-cache',
        'content-disposition': 'inline; filename=a.txt',
        'x-content-type-options': 'nosniff',
      });
      expect(response.headers.get('content-security-policy')).toBeNull();
      expect(await response.text()).toBe(TEXT);
    });

    it('by HEAD has the same headers and no body', async () => {
      const head = Object.fromEntries((await get({}, 'a.txt', 'HEAD')).headers);
      const whole = Object.fromEntries((await get()).headers);
      for (const name of ['date', 'connection', 'keep-alive']) {
        delete head[name];
        delete whole[name];
      }
      expect(head).toEqual(whole);
      const text = await raw(
        server.port,
        'HEAD /api/documents/objects/a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      );
      expect(text).toMatch(/\r\n\r\n$/);
    });

    it('of what is not there is 404 with a problem', async () => {
      const response = await get({ 'If-Match': '"x"' }, 'nothing');
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toEqual({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: 'There is no such object',
        code: 'NOT_FOUND',
      });
      const head = await get({}, 'nothing', 'HEAD');
      expect([head.status, await head.text()]).toEqual([404, '']);
    });

    it('as attachment with ?download=1', async () => {
      const response = await get({}, 'a.txt?download=1');
      expect(response.headers.get('content-disposition')).toBe('attachment; filename=a.txt');
    });

    it.each([
      ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
      ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
      ['bytes=-3', 206, '789', 'bytes 7-9/10'],
      ['bytes=-100', 206, TEXT, 'bytes 0-9/10'],
      ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
      ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
      ['bytes=9-99999999999999999999', 206, '9', 'bytes 9-9/10'],
      ['BYTES=0-1', 206, '01', 'bytes 0-1/10'],
      ['bytes=10-', 416, undefined, 'bytes */10'],
      ['bytes=99999999999999999999-', 416, undefined, 'bytes */10'],
      ['bytes=-0', 416, undefined, 'bytes */10'],
      ['bytes=0-1,4-5', 200, TEXT, null],
      ['bytes=5-2', 200, TEXT, null],
      ['bytes=a-b', 200, TEXT, null],
      ['bytes=-', 200, TEXT, null],
      ['items=0-1', 200, TEXT, null],
      ['bytes', 200, TEXT, null],
    ])('of the range %j is %d', async (range, status, text, contentRange) => {
      const response = await get({ Range: range });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-range')).toBe(contentRange);
      if (text !== undefined) {
        expect(response.headers.get('content-length')).toBe(String(text.length));
        expect(await response.text()).toBe(text);
      } else expect(await response.json()).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
    });

    it('ignores a range of HEAD', async () => {
      const response = await get({ Range: 'bytes=0-1' }, 'a.txt', 'HEAD');
      expect([response.status, response.headers.get('content-length')]).toEqual([200, '10']);
    });

    it.each([
      ['bytes=0-', 416],
      ['bytes=-5', 200],
      ['bytes=-0', 416],
    ])('of the range %j of nothing is %d', async (range, status) => {
      const response = await get({ Range: range }, 'empty');
      expect(response.status).toBe(status);
      expect(empty.size).toBe(0);
    });

    it.each<[string, () => Record<string, string>, number]>([
      ['If-None-Match: own', () => ({ 'If-None-Match': `"${info.etag}"` }), 304],
      ['If-None-Match: own, weak', () => ({ 'If-None-Match': `W/"${info.etag}"` }), 304],
      ['If-None-Match: in a list', () => ({ 'If-None-Match': `"x", "a,b", W/"${info.etag}"` }), 304],
      ['If-None-Match: *', () => ({ 'If-None-Match': '*' }), 304],
      ['If-None-Match: other', () => ({ 'If-None-Match': '"x"' }), 200],
      ['If-None-Match: without quotes', () => ({ 'If-None-Match': info.etag }), 200],
      [
        'If-None-Match before If-Modified-Since',
        () => ({ 'If-None-Match': '"x"', 'If-Modified-Since': future }),
        200,
      ],
      ['If-Modified-Since: later', () => ({ 'If-Modified-Since': future }), 304],
      ['If-Modified-Since: same', () => ({ 'If-Modified-Since': info.lastModified.toUTCString() }), 304],
      ['If-Modified-Since: earlier', () => ({ 'If-Modified-Since': past }), 200],
      ['If-Modified-Since: no date', () => ({ 'If-Modified-Since': '2100-01-01' }), 200],
      ['If-Match: own', () => ({ 'If-Match': `"${info.etag}"` }), 200],
      ['If-Match: *', () => ({ 'If-Match': '*' }), 200],
      ['If-Match: own, weak', () => ({ 'If-Match': `W/"${info.etag}"` }), 412],
      ['If-Match: other', () => ({ 'If-Match': '"x"' }), 412],
      [
        'If-Match before If-Unmodified-Since',
        () => ({ 'If-Match': `"${info.etag}"`, 'If-Unmodified-Since': past }),
        200,
      ],
      ['If-Match before If-None-Match', () => ({ 'If-Match': '"x"', 'If-None-Match': '*' }), 412],
      ['If-Unmodified-Since: earlier', () => ({ 'If-Unmodified-Since': past }), 412],
      ['If-Unmodified-Since: later', () => ({ 'If-Unmodified-Since': future }), 200],
      [
        'If-Unmodified-Since: RFC 850',
        () => ({ 'If-Unmodified-Since': 'Monday, 01-Jan-01 00:00:00 GMT' }),
        412,
      ],
      ['If-Unmodified-Since: asctime', () => ({ 'If-Unmodified-Since': 'Mon Jan  1 00:00:00 2001' }), 412],
      ['If-Range: own', () => ({ Range: 'bytes=0-1', 'If-Range': `"${info.etag}"` }), 206],
      ['If-Range: other', () => ({ Range: 'bytes=0-1', 'If-Range': '"x"' }), 200],
      ['If-Range: own, weak', () => ({ Range: 'bytes=0-1', 'If-Range': `W/"${info.etag}"` }), 200],
      ['If-Range: another date', () => ({ Range: 'bytes=0-1', 'If-Range': past }), 200],
      ['If-Range without Range', () => ({ 'If-Range': '"x"' }), 200],
      ['If-None-Match before Range', () => ({ Range: 'bytes=0-1', 'If-None-Match': '*' }), 304],
      ['If-Match before Range', () => ({ Range: 'bytes=99-', 'If-Match': '"x"' }), 412],
    ])('with %s', async (_name, headers, status) => {
      const response = await get(headers());
      expect(response.status).toBe(status);
      const text = await response.text();
      if (status === 304) {
        expect(text).toBe('');
        expect(response.headers.get('etag')).toBe(`"${info.etag}"`);
        expect(response.headers.get('content-length')).toBeNull();
      }
      if (status === 412) expect(JSON.parse(text)).toMatchObject({ code: 'PRECONDITION_FAILED' });
      if (status === 206) expect(text).toBe('01');
      if (status !== 206) {
        const head = await get(headers(), 'a.txt', 'HEAD');
        expect(head.status).toBe(status);
      }
    });

    it('takes an If-Range date when it is exact and old', async () => {
      await until(() => Date.now() - info.lastModified.getTime() > 2000);
      const response = await get({ Range: 'bytes=0-1', 'If-Range': info.lastModified.toUTCString() });
      expect(response.status).toBe(206);
    });

    it('refuses a hostile list of tags in no time', async () => {
      const header = `${'"a" , '.repeat(1500)}!`;
      const before = process.cpuUsage();
      expect((await get({ 'If-None-Match': header })).status).toBe(200);
      expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
    });

    it.each([
      ['text/html'],
      ['text/HTML; charset=utf-8'],
      ['image/svg+xml'],
      ['application/xhtml+xml'],
      ['text/xml'],
      ['application/xml'],
      ['application/atom+xml'],
      ['application/javascript'],
      ['text/javascript'],
      ['text/javascript1.5'],
      ['application/mathml+xml'],
      ['text/xsl'],
      ['multipart/x-mixed-replace; boundary=x'],
      ['message/rfc822'],
      ['multipart/related'],
    ])('of %s cannot run in the browser', async (contentType) => {
      await server.storage.put('active', '<script>', {
        contentType,
        contentDisposition: 'inline; filename="x.html"',
      });
      const response = await get({}, 'active');
      expect(response.headers.get('content-disposition')).toBe('attachment; filename=x.html');
      expect(response.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    });

    // PDF in the viewer of a browser, apart from the site; a sandbox would keep it from being shown.
    it.each([['application/pdf'], ['text/css'], ['application/wasm'], ['text/plain'], ['application/json']])(
      'of %s is displayed',
      async (contentType) => {
        await server.storage.put('passive', 'x', { contentType });
        const { headers } = await get({}, 'passive');
        expect(headers.get('content-disposition')).toMatch(/^inline/);
        expect(headers.get('content-security-policy')).toBeNull();
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      },
    );

    it('of a type whose parameter has a list of its own is displayed', async () => {
      const contentType = 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"';
      await server.storage.put('movie', 'x', { contentType });
      const response = await get({}, 'movie');
      expect(response.headers.get('content-disposition')).toMatch(/^inline/);
      expect(response.headers.get('content-type')).toBe(contentType);
    });

    it('sends the headers that are kept with the object', async () => {
      await server.storage.put('kept', 'x', {
        contentType: 'image/png',
        cacheControl: 'public, max-age=60',
        contentEncoding: 'gzip',
        contentLanguage: 'de',
        contentDisposition: 'attachment; filename="q.png"',
      });
      const response = await get({ 'Accept-Encoding': 'identity' }, 'kept', 'HEAD');
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'cache-control': 'public, max-age=60',
        'content-encoding': 'gzip',
        'content-language': 'de',
        'content-disposition': 'attachment; filename=q.png',
      });
    });
  });
});
