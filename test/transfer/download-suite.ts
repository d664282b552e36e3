import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync, chmodSync, lstatSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import fc from 'fast-check';
import type { StorageBackend } from '../../src/core/backend.js';
import type { TransferProgress } from '../../src/core/progress.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { bytesOf, KIB, MIB } from '../support/bodies.js';
import { failure } from '../support/errors.js';
import { useFolder } from './support/folders.js';
import { openIn } from './support/open-in.js';

/** An empty place for one test. */
export interface DownloadPlace {
  readonly backend: StorageBackend;
  readonly prefix?: string;
  readonly destroy: () => Promise<void>;
}

/** What is the same on every backend. @param verified The checksum that it keeps of what is put. */
export function downloadSuite(
  name: string,
  create: () => Promise<DownloadPlace>,
  verified: string | undefined,
): void {
  describe(`a download, ${name},`, () => {
    const folder = useFolder();
    let place: DownloadPlace;
    let storage: StorageService;
    beforeEach(async () => {
      place = await create();
      const whole = new StorageService('test', place.backend);
      storage = place.prefix ? whole.scoped(place.prefix) : whole;
    });
    afterEach(async () => {
      expect(openIn(folder.path)).toEqual([]);
      await place.destroy();
    });

    it.each([0, 1, 64 * KIB, 5 * MIB + 3])('of %d bytes to a file', async (size) => {
      const content = bytesOf(size);
      const put = await storage.put('k', content);
      const to = folder.at('a');
      const result = await storage.download('k', { to });
      expect(readFileSync(to).equals(content)).toBe(true);
      expect(result).toMatchObject({ bytes: size, info: { key: 'k', size, etag: put.etag } });
      expect(result.verified).toBe(verified);
      expect(folder.names()).toEqual(['a']);
      expect(statSync(to).mode & 0o777).toBe(0o666 & ~process.umask());
    });

    it('in several parts at once, to a file, to memory and with resume', async () => {
      const content = bytesOf(3 * MIB + 17);
      await storage.put('k', content);
      const how = { concurrency: 3, partSize: 256 * KIB };
      const told: TransferProgress[] = [];
      await storage.download('k', { to: folder.at('a'), ...how, onProgress: (one) => told.push(one) });
      expect(readFileSync(folder.at('a')).equals(content)).toBe(true);
      expect(told.at(-1)).toMatchObject({
        bytes: content.length,
        total: content.length,
        parts: 13,
        ended: true,
      });
      const memory = Buffer.alloc(content.length + 5);
      expect(await storage.download('k', { to: memory, ...how })).toMatchObject({ bytes: content.length });
      expect(memory.subarray(0, content.length).equals(content)).toBe(true);
      expect(memory.subarray(content.length)).toEqual(Buffer.alloc(5));
      const resumed = await storage.download('k', { to: folder.at('b'), ...how, resume: true });
      expect(resumed).toMatchObject({ bytes: content.length, resumedFrom: 0 });
      expect(resumed.startedOver).toBeUndefined();
      expect(readFileSync(folder.at('b')).equals(content)).toBe(true);
      expect(folder.names()).toEqual(['a', 'b']);
    });

    it('with any parts gives what there is', async () => {
      const contents = new Map([70_000, 131_072, 300_001].map((size) => [size, bytesOf(size, size)]));
      for (const [size, content] of contents) await storage.put(String(size), content);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...contents.keys()),
          fc.integer({ min: 65_536, max: 200_000 }),
          fc.integer({ min: 1, max: 8 }),
          fc.constantFrom('file', 'bytes', 'resume', 'stream'),
          async (size, partSize, concurrency, target) => {
            const content = contents.get(size)!;
            const chunks: Buffer[] = [];
            const memory = Buffer.alloc(size);
            const stream = new Writable({
              write(chunk: Buffer, _encoding, done) {
                chunks.push(chunk);
                setImmediate(done);
              },
            });
            const to = { file: folder.at('p'), resume: folder.at('p'), bytes: memory, stream }[target];
            const resume = target === 'resume';
            await storage.download(String(size), { to, partSize, concurrency, resume });
            if (target === 'bytes') return memory.equals(content);
            return (target === 'stream' ? Buffer.concat(chunks) : readFileSync(folder.at('p'))).equals(
              content,
            );
          },
        ),
        { numRuns: 30 },
      );
      expect(folder.names()).toEqual(['p']);
    });

    it('to a stream waits for it and ends it', async () => {
      const content = bytesOf(2 * MIB);
      await storage.put('k', content);
      const chunks: Buffer[] = [];
      let most = 0;
      const to = new Writable({
        highWaterMark: 64 * KIB,
        write(chunk: Buffer, _encoding, done) {
          most = Math.max(most, to.writableLength);
          chunks.push(chunk);
          setTimeout(done, 1);
        },
      });
      const result = await storage.download('k', { to });
      expect(to.writableFinished).toBe(true);
      expect(Buffer.concat(chunks).equals(content)).toBe(true);
      expect(result).toMatchObject({ bytes: content.length, verified });
      // Memory has it in one piece.
      if (place.backend.kind !== 'memory') expect(most).toBeLessThan(2 * MIB);
    });

    it('to a stream that fails or is closed fails, and leaves nothing open', async () => {
      await storage.put('k', bytesOf(MIB));
      const broken = new Writable({
        write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
      });
      expect(await failure(storage.download('k', { to: broken }))).toMatchObject({
        code: 'NO_SPACE',
        reason: 'target',
        operation: 'download',
        key: 'k',
      });
      const closed = new PassThrough({ highWaterMark: 1 });
      const download = failure(storage.download('k', { to: closed }));
      setTimeout(() => closed.destroy(), 30);
      expect(await download).toMatchObject({ code: 'ABORTED', reason: 'target' });
    });

    it('ends with its signal, also when its stream takes nothing', async () => {
      await storage.put('k', bytesOf(MIB));
      const controller = new AbortController();
      const stuck = new Writable({ highWaterMark: 1, write: () => undefined });
      const download = failure(storage.download('k', { to: stuck, signal: controller.signal }));
      setTimeout(() => controller.abort(), 30);
      expect((await download).code).toBe('ABORTED');
      expect(stuck.destroyed).toBe(true);
      const before = AbortSignal.abort();
      expect((await failure(storage.download('k', { to: folder.at('a'), signal: before }))).code).toBe(
        'ABORTED',
      );
      expect(folder.names()).toEqual([]);
    });

    it('of what is not there is NOT_FOUND and touches nothing', async () => {
      writeFileSync(folder.at('a'), 'old');
      for (const resume of [false, true]) {
        const error = await failure(storage.download('none', { to: folder.at('a'), resume }));
        expect(error).toMatchObject({ code: 'NOT_FOUND', key: 'none' });
      }
      const to = new PassThrough();
      expect((await failure(storage.download('none', { to }))).code).toBe('NOT_FOUND');
      expect(to.destroyed).toBe(true);
      expect(readFileSync(folder.at('a'), 'utf8')).toBe('old');
      expect(folder.names()).toEqual(['a']);
    });

    it('with ifMatch takes that content and no other', async () => {
      const { etag } = await storage.put('k', 'one');
      await storage.download('k', { to: folder.at('a'), ifMatch: `"${etag}"` });
      await storage.download('k', { to: folder.at('a'), ifMatch: '*' });
      for (const to of [folder.at('b'), Buffer.alloc(9), new PassThrough()])
        expect((await failure(storage.download('k', { to, ifMatch: 'other' }))).code).toBe(
          'PRECONDITION_FAILED',
        );
      expect(folder.names()).toEqual(['a']);
    });

    it('replaces a file and a symbolic link, and does not follow the link', async () => {
      await storage.put('k', 'new');
      writeFileSync(folder.at('kept'), 'kept');
      symlinkSync(folder.at('kept'), folder.at('a'));
      await storage.download('k', { to: folder.at('a') });
      expect(lstatSync(folder.at('a')).isFile()).toBe(true);
      expect(readFileSync(folder.at('a'), 'utf8')).toBe('new');
      expect(readFileSync(folder.at('kept'), 'utf8')).toBe('kept');
    });

    it('refuses a target that is none, before anything is asked for', async () => {
      mkdirSync(folder.at('folder'));
      writeFileSync(folder.at('file'), '');
      const paths = [
        folder.at('folder'),
        folder.at('none/a'),
        folder.at('file/a'),
        '/dev/null',
        'a\0b',
        '',
        'a/',
      ];
      await storage.put('k', 'content');
      for (const to of [...paths, 5, undefined, null, {}, new Uint8Array(3), ended()] as string[]) {
        for (const resume of typeof to === 'string' ? [false, true] : [false]) {
          const error = await failure(storage.download('k', { to, resume }));
          expect([to, error.code, error.reason]).toEqual([to, 'INVALID_ARGUMENT', 'target']);
        }
      }
      expect(folder.names()).toEqual(['file', 'folder']);
    });

    it('names the path of a target that fails', async () => {
      await storage.put('k', 'content');
      for (const resume of [false, true]) {
        const to = folder.at('none/a');
        const error = await failure(storage.download('k', { to, resume }));
        expect(error.message).toBe(`test: cannot download "k": The target: ENOENT (${to})`);
        expect(error).toMatchObject({ cause: { code: 'ENOENT' } });
      }
    });

    (process.getuid?.() === 0 ? it.skip : it)('refuses a folder that may not be written', async () => {
      await storage.put('k', 'content');
      mkdirSync(folder.at('folder'));
      chmodSync(folder.at('folder'), 0o500);
      const error = await failure(storage.download('k', { to: folder.at('folder/a') }));
      expect(error).toMatchObject({ code: 'PERMISSION_DENIED', reason: 'target' });
    });

    it('says that a disk is full', async () => {
      await storage.put('k', bytesOf(MIB));
      const { createWriteStream } = await import('node:fs');
      const error = await failure(storage.download('k', { to: createWriteStream('/dev/full') }));
      expect(error).toMatchObject({ code: 'NO_SPACE', reason: 'target' });
    });

    it.each<[string, object]>([
      ['concurrency', { concurrency: 0 }],
      ['concurrency', { concurrency: 65 }],
      ['concurrency', { concurrency: 1.5 }],
      ['partSize', { partSize: 1000 }],
      ['partSize', { partSize: '1MB' }],
      ['resume', { resume: 'yes' }],
      ['resume', { resume: true, to: Buffer.alloc(1) }],
      ['onProgress', { onProgress: 5 }],
      ['range', { range: { start: 0 } }],
    ])('refuses a wrong %s', async (reason, options) => {
      const error = await failure(storage.download('k', { to: folder.at('a'), ...options }));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason, operation: 'download' });
    });
  });
}

function ended(): Writable {
  return new PassThrough().end();
}
