import { Readable, Transform } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { StorageBackend } from '../../src/core/backend.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { fakeBackend } from '../support/fake-backend.js';
import { bytesOf, failing, MIB, stalled } from '../support/bodies.js';
import { expectCode } from '../support/errors.js';
import { sleep } from '../support/within.js';
import { keysOf } from './delete.contract.js';
import type { Place } from './suite.js';

const HEADERS = {
  contentType: 'text/csv; charset=utf-8',
  cacheControl: 'no-cache',
  contentDisposition: 'inline',
  contentLanguage: 'fr',
  metadata: { owner: 'Änn', state: '1' },
};

/** One side of a copy. */
export interface Side {
  readonly create: () => Promise<Place>;
  /** Whether it tells a checksum of what it keeps. */
  readonly tellsChecksum: boolean;
  /** Whether a put with `ifAbsent` is taken. */
  readonly ifAbsent: boolean;
}

/** `backend`, whose bodies pass through `change`. */
function changed(backend: StorageBackend, change: (body: Readable) => Readable): StorageBackend {
  return fakeBackend({
    head: (key, options) => backend.head(key, options),
    delete: (key, options) => backend.delete(key, options),
    errorCode: (error) => backend.errorCode(error),
    get: async (key, options) => {
      const content = await backend.get(key, options);
      const body = change(content.body);
      body.once('close', () => content.body.destroy());
      return { ...content, body };
    },
  });
}

/** What a copy from one storage to another one does, that is kept elsewhere. */
export function copyToContract(name: string, from: Side, to: Side): void {
  describe(`copies ${name}`, () => {
    let places: Place[] = [];

    const open = async (...layers: readonly Layer[]) => {
      const [here, there] = [await from.create(), await to.create()];
      places = [here, there];
      const source = new StorageService('source', withLayers(here.backend, 'source'));
      return {
        source,
        target: new StorageService('target', withLayers(there.backend, 'target', layers)),
        through: (change: (body: Readable) => Readable) =>
          new StorageService('source', withLayers(changed(here.backend, change), 'source')),
      };
    };

    afterEach(async () => {
      for (const { backend, destroy } of places) {
        await backend.close?.();
        await destroy?.();
      }
      places = [];
    });

    it.each([0, 1, 70_000, 3 * MIB + 1])('takes %i bytes with headers and metadata', async (size) => {
      const { source, target } = await open();
      const bytes = bytesOf(size);
      const stored = await source.put('a/from.bin', bytes, HEADERS);
      const copied = await source.copyTo('a/from.bin', target, 'to.bin');
      expect(copied).toMatchObject({
        serverSide: false,
        source: { key: 'a/from.bin', size, etag: stored.etag },
        info: { key: 'to.bin', size },
      });
      expect(copied.verified.source !== 'size').toBe(from.tellsChecksum);
      if (to.tellsChecksum) expect(copied.verified.target).not.toBe('size');
      expect(await target.head('to.bin')).toMatchObject({ ...HEADERS, size, etag: copied.info.etag });
      expect((await target.bytes('to.bin')).equals(bytes)).toBe(true);
      expect(await keysOf(source)).toEqual(['a/from.bin']);
    });

    it('copies under the same key unless told another one', async () => {
      const { source, target } = await open();
      await source.put('a/b', 'x');
      await source.copyTo('a/b', target);
      expect(await target.text('a/b')).toBe('x');
    });

    it('copies only while the source has the ETag', async () => {
      const { source, target } = await open();
      const old = await source.put('k', 'one');
      const { etag } = await source.put('k', 'two');
      const late = source.copyTo('k', target, 'k', { ifMatch: old.etag });
      await expectCode(late, 'PRECONDITION_FAILED');
      await expectCode(source.copyTo('none', target), 'NOT_FOUND');
      expect(await keysOf(target)).toEqual([]);
      await source.copyTo('k', target, 'k', { ifMatch: etag });
      expect(await target.text('k')).toBe('two');
    });

    it('takes the conditions of the target, or says that it has none', async () => {
      const { source, target } = await open();
      await source.put('k', 'new');
      const { etag } = await target.put('k', 'old');
      const absent = source.copyTo('k', target, 'k', { ifAbsent: true });
      await expectCode(absent, to.ifAbsent ? 'ALREADY_EXISTS' : 'UNSUPPORTED');
      const wrong = source.copyTo('k', target, 'k', { targetIfMatch: '0'.repeat(32) });
      await expectCode(wrong, to.ifAbsent ? 'PRECONDITION_FAILED' : 'UNSUPPORTED');
      expect(await target.text('k')).toBe('old');
      if (!to.ifAbsent) return;
      await source.copyTo('k', target, 'k', { targetIfMatch: etag });
      expect(await target.text('k')).toBe('new');
    });

    it('leaves what was there when the source breaks half way', async () => {
      const { source, target, through } = await open();
      await source.put('k', bytesOf(2 * MIB));
      await target.put('k', 'old');
      const first = bytesOf(MIB + 7);
      const broken = through(() => failing(new Error('torn'), first));
      await expectCode(broken.copyTo('k', target), 'UNKNOWN', 'UNAVAILABLE');
      await expectCode(through(() => Readable.from([first])).copyTo('k', target), 'INTEGRITY');
      expect(await target.text('k')).toBe('old');
      expect(await keysOf(target)).toEqual(['k']);
    });

    it.each([1000, 2 * MIB])('notices when one of %i bytes is another one', async (size) => {
      const { source, target, through } = await open();
      await source.put('k', bytesOf(size));
      const flipped = through((body) => body.pipe(flip(size - 1)));
      const copying = flipped.copyTo('k', target);
      if (!from.tellsChecksum) return void (await copying);
      expect((await expectCode(copying, 'INTEGRITY')).reason).toBe('checksum');
      expect(await keysOf(target)).toEqual([]);
      return undefined;
    });

    it('ends when its signal aborts and leaves nothing', async () => {
      const { source, target, through } = await open();
      await source.put('k', bytesOf(2 * MIB));
      const controller = new AbortController();
      const bodies: Readable[] = [];
      const slow = through(() => {
        const body = stalled('begin');
        bodies.push(body);
        return body;
      });
      const copying = expectCode(slow.copyTo('k', target, 'k', { signal: controller.signal }), 'ABORTED');
      await sleep(50);
      controller.abort();
      await copying;
      expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true]);
      expect(await keysOf(target)).toEqual([]);
    });

    it('moves an object', async () => {
      const { source, target } = await open();
      await source.put('k', bytesOf(2 * MIB), HEADERS);
      const { info } = await source.moveTo('k', target, 'dir/k');
      expect(await keysOf(source)).toEqual([]);
      expect(await target.head('dir/k')).toMatchObject({ ...HEADERS, etag: info.etag, size: 2 * MIB });
    });

    it('keeps a source that is replaced while it is moved', async () => {
      const meddle: Layer = async (operation, next) => {
        const result = await next(operation);
        if (operation.name === 'put') await source.put('k', 'two');
        return result;
      };
      const { source, target } = await open(meddle);
      await source.put('k', 'one');
      await expectCode(source.moveTo('k', target), 'PRECONDITION_FAILED');
      expect([await source.text('k'), await target.text('k')]).toEqual(['two', 'one']);
    });

    it('keeps a source whose copy is replaced before it is deleted', async () => {
      const meddle: Layer = async (operation, next) => {
        if (operation.name === 'head') await writer.put('k', 'other');
        return next(operation);
      };
      const { source, target } = await open(meddle);
      const writer = target;
      await source.put('k', 'one');
      await expectCode(source.moveTo('k', target), 'CONFLICT');
      expect(await source.text('k')).toBe('one');
    });
  });
}

/** Changes the byte at `place`. */
function flip(place: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const at = place - seen;
      seen += chunk.length;
      if (at < 0 || at >= chunk.length) return void done(null, chunk);
      const copy = Buffer.from(chunk);
      copy[at] = copy[at]! ^ 1;
      done(null, copy);
    },
  });
}
