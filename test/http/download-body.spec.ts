import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import type { ObjectInfo } from '../../src/core/object.js';
import { type Harness, serveDocuments } from './harness.js';
import { forEachPlace } from './support/places.js';
import { WatchedReads } from './support/watched-reads.js';
import { until } from '../support/until.js';

const TEXT = '0123456789';
let server: Harness;
let info: ObjectInfo;

const get = (headers: Record<string, string> = {}, path = 'a.txt', method = 'GET'): Promise<Response> =>
  fetch(`${server.url}/api/documents/objects/${path}`, { headers, method });

forEachPlace(({ name, open }) => {
  describe('A body', () => {
    let reads: WatchedReads;
    const start = async (): Promise<void> => {
      const { backend, destroy } = await open();
      reads = new WatchedReads(backend);
      server = await serveDocuments({}, { backend: reads.backend, destroy });
      await server.storage.put('a.txt', TEXT);
      info = await server.storage.head('a.txt');
    };
    afterEach(() => server.close());

    it('that is large comes whole', async () => {
      await start();
      const large = Buffer.alloc(5_000_000, 'abcdefgh');
      await server.storage.put('large', large);
      const got = Buffer.from(await (await get({}, 'large')).arrayBuffer());
      expect(got.equals(large)).toBe(true);
    });

    it('is released when the client goes in the middle', async () => {
      await start();
      // More than the buffers of two sockets hold.
      await server.storage.put('large', Buffer.alloc(32_000_000));
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('GET /api/documents/objects/large HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => socket.bytesRead > 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
      // Memory gives all bytes at once.
      if (name !== 'memory') expect(reads.open).toBe(1);
      socket.destroy();
      await until(() => reads.open === 0);
      expect(await (await get()).text()).toBe(TEXT);
    });

    it('is not opened for a client that has gone already', async () => {
      await start();
      let release: () => void = () => undefined;
      reads.before = () => new Promise((resolve) => (release = resolve));
      const socket = connect(server.port, '127.0.0.1');
      socket.write('GET /api/documents/objects/a.txt HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => reads.gets === 1);
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      release();
      await until(() => reads.running === 0 && reads.open === 0);
    });

    it('is left unopened by HEAD and by 304', async () => {
      await start();
      expect((await get({}, 'a.txt', 'HEAD')).status).toBe(200);
      expect((await get({ 'If-None-Match': '*' })).status).toBe(304);
      expect(reads.gets).toBe(0);
    });

    it('is of the object that the conditions were decided against', async () => {
      await start();
      let times = 0;
      reads.before = async () => {
        if (times++ === 0) await server.storage.put('a.txt', 'replaced meanwhile');
      };
      const response = await get({ Range: 'bytes=2-3', 'If-Range': `"${info.etag}"` });
      expect([response.status, await response.text()]).toEqual([200, 'replaced meanwhile']);
    });

    it('is refused as 503 when the object is replaced each time', async () => {
      await start();
      let times = 0;
      reads.before = async () => {
        await server.storage.put('a.txt', `again ${++times}`);
      };
      const response = await get({ 'If-None-Match': '"x"' });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
      expect(reads.gets).toBe(3);
    });
  });
});
