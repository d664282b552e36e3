import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { StorageLocker } from '../../src/tus/lock/storage-locker.js';
import { keysOf, until, type Harness } from '../http/harness.js';
import { forEachAdapter } from '../http/support/adapters.js';
import { within } from '../support/within.js';
import { serveTus, type ServeTusOptions } from './support/serve-tus.js';
import { create } from './support/tus-request.js';

const never = new AbortController().signal;

describe('The lock of an upload that several requests wait for', () => {
  it('goes to one of them', async () => {
    const locker = new StorageLocker(new StorageService('files', new MemoryBackend()), 'pending/tus/');
    const first = locker.newLock('a');
    await first.lock(never, () => undefined);
    let holders = 0;
    const held: number[] = [];
    const waiting = Array.from({ length: 5 }, async () => {
      const lock = locker.newLock('a');
      await lock.lock(never, () => undefined);
      held.push(++holders);
      await new Promise((resolve) => setTimeout(resolve, 20));
      holders--;
      await lock.unlock();
    });
    await first.unlock();
    await within(Promise.all(waiting), 'all of them', 10_000);
    expect(held).toEqual([1, 1, 1, 1, 1]);
  });
});

forEachAdapter(() => {
  describe('tus uploads of a hostile client', () => {
    let harness: Harness | undefined;
    let endpoint = '';
    const serve = async (options: ServeTusOptions = {}): Promise<Harness> => {
      harness = await serveTus(options);
      endpoint = `${harness.url}/api/documents/tus`;
      return harness;
    };
    afterEach(async () => {
      await harness?.close();
      harness = undefined;
    });

    it('are locked for a PATCH in the form of a POST, too', async () => {
      const { storage } = await serve();
      const url = await create(endpoint, 10);
      const { hostname, port, pathname } = new URL(url);
      const socket = connect(Number(port), hostname);
      try {
        socket.write(
          `POST ${pathname} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: 10\r\n` +
            'X-HTTP-Method-Override: PATCH\r\nContent-Type: application/offset+octet-stream\r\n\r\n12345',
        );
        await within(
          until(async () => (await keysOf(storage)).some((key) => key.endsWith('/lock'))),
          'the lock',
          5_000,
        );
      } finally {
        socket.destroy();
      }
    });
  });
});
