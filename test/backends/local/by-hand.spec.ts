import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { disk, OPEN } from '../../../src/backends/local/disk.js';
import { expectCode } from '../../support/errors.js';
import { sleep, within } from '../../support/within.js';
import { everythingIn, FAST, useRoots } from './support/roots.js';

const roots = useRoots(FAST);

function place(options = {}) {
  const root = join(roots.folder(), 'root');
  return { root, ...roots.open(root, options) };
}

describe('files that are put there by hand', () => {
  it('are objects', async () => {
    const { root, storage } = place();
    mkdirSync(join(root, 'pages'), { recursive: true });
    writeFileSync(join(root, 'pages/index.html'), '<p>by hand</p>');
    const info = await storage.head('pages/index.html');
    expect(info).toMatchObject({ size: 14, metadata: {} });
    expect(info.contentType).toMatch(/^text\/html/);
    expect((await storage.page()).objects.map(({ key, etag }) => ({ key, etag }))).toEqual([
      { key: 'pages/index.html', etag: info.etag },
    ]);
    expect(await storage.text('pages/index.html', { range: { start: 3, end: 9 } })).toBe('by hand');
    await expectCode(storage.get('pages/index.html', { ifNoneMatch: info.etag }), 'NOT_MODIFIED');
    await storage.copy('pages/index.html', 'copy.html');
    expect(await storage.text('copy.html')).toBe('<p>by hand</p>');
    await expectCode(storage.put('pages/index.html', 'x', { ifAbsent: true }), 'ALREADY_EXISTS');
    await storage.put('pages/index.html', 'x', { ifMatch: info.etag });
    await storage.delete('pages/index.html');
    expect(readdirSync(root).sort()).toEqual(['.stowage', 'copy.html']);
  });

  it('are copied where their mode lets nobody write to them, which the copy keeps', async () => {
    const { root, storage } = place({
      disk: {
        ...disk,
        // As for anybody but root.
        open: async (path: string, flags: number, mode?: number) => {
          if (flags === OPEN.write && (statSync(path).mode & 0o200) === 0)
            throw Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'open' });
          return disk.open(path, flags, mode);
        },
      },
    });
    await storage.page();
    writeFileSync(join(root, 'by-hand.txt'), 'read only', { mode: 0o444 });
    const { lastModified } = await storage.copy('by-hand.txt', 'copy.txt');
    expect(await storage.text('copy.txt')).toBe('read only');
    expect(statSync(join(root, 'copy.txt')).mode & 0o777).toBe(0o444);
    expect((await storage.head('copy.txt')).lastModified).toEqual(lastModified);
    await storage.delete('copy.txt');
  });

  it('may have names that are no keys for a write', async () => {
    const { root, storage } = place();
    await storage.put('ok', 'x');
    writeFileSync(join(root, 'back\\slash'), 'x');
    writeFileSync(join(root, 'line\nfeed'), 'x');
    writeFileSync(Buffer.from(`${root}/\xff\xfe`, 'latin1'), 'not UTF-8');
    const keys = (await storage.page()).objects.map(({ key }) => key);
    expect(keys).toEqual(['back\\slash', 'line\nfeed', 'ok']);
    await storage.move('back\\slash', 'moved');
    await storage.delete('line\nfeed');
    expect((await storage.page()).objects.map(({ key }) => key)).toEqual(['moved', 'ok']);
  });

  it('make room for a key where only empty folders are', async () => {
    const { root, storage } = place();
    mkdirSync(join(root, 'k/a/b'), { recursive: true });
    mkdirSync(join(root, 'k/c'));
    await storage.put('k', 'x');
    expect(await storage.text('k')).toBe('x');
    mkdirSync(join(root, 'd/a'), { recursive: true });
    writeFileSync(join(root, 'd/a/object'), 'x');
    await expectCode(storage.put('d', 'x'), 'CONFLICT');
    expect(await storage.text('d/a/object')).toBe('x');
  });
});

describe('files that are read again and again', () => {
  it('are opened once each time, though their metadata is looked for', async () => {
    let opened = 0;
    let looks = 0;
    const { root, storage } = place({
      disk: {
        ...disk,
        open: async (path: string, flags: number, mode?: number) => {
          opened++;
          return disk.open(path, flags, mode);
        },
        lstat: async (path: string) => {
          looks++;
          return disk.lstat(path);
        },
      },
    });
    await storage.page();
    writeFileSync(join(root, 'a.txt'), 'by hand');
    expect(await storage.text('a.txt')).toBe('by hand');
    opened = looks = 0;
    const began = performance.now();
    for (let i = 0; i < 10; i++) expect(await storage.text('a.txt')).toBe('by hand');
    // Once more for each second that is over meanwhile.
    const seconds = Math.ceil((performance.now() - began) / 1_000);
    expect(opened).toBeLessThan(14 + seconds);
    expect(looks).toBeLessThan(4 + seconds);
  });
});

describe('what becomes of metadata', () => {
  const options = { contentType: 'x/y', metadata: { a: 'b' } };

  it('is found soon when a backup brings it after a file that was read', async () => {
    const { root, storage } = place();
    await storage.put('k.txt', 'content', options);
    const path = join(
      root,
      everythingIn(root).files.find((file) => file.includes('/meta/'))!,
    );
    renameSync(path, `${root}-meta`);
    const fresh = roots.open(root);
    expect((await fresh.storage.head('k.txt')).contentType).toMatch(/^text\/plain/);
    renameSync(`${root}-meta`, path);
    const found = async (): Promise<void> => {
      while ((await fresh.storage.head('k.txt')).contentType !== 'x/y') await sleep(50);
    };
    await within(found(), 'the look for metadata');
    expect(await fresh.storage.head('k.txt')).toMatchObject({ metadata: { a: 'b' } });
  });

  it('is restored with a backup of the whole root', async () => {
    const { root, storage, backend } = place();
    await storage.put('d/k', 'content', options);
    const before = await storage.head('d/k');
    await backend.close();
    const restored = `${root}-restored`;
    execFileSync('cp', ['-a', root, restored]);
    const here = roots.open(restored);
    expect(await here.storage.head('d/k')).toMatchObject({ ...before, etag: expect.any(String) });
    await here.storage.copy('d/k', 'd/copy');
    expect(await here.storage.head('d/copy')).toMatchObject({ metadata: { a: 'b' } });
    await here.backend.sweep();
    expect(await here.storage.head('d/k')).toMatchObject({ metadata: { a: 'b' } });
    await expect(here.storage.text('d/k')).resolves.toBe('content');
  });

  it.each(['empty', 'truncated', 'garbage', 'null', 'a folder'])(
    'does not keep an object from being read when it is %s',
    async (state) => {
      const { root, storage } = place();
      await storage.put('k.txt', 'content', options);
      const path = join(
        root,
        everythingIn(root).files.find((file) => file.includes('/meta/'))!,
      );
      if (state === 'empty') truncateSync(path);
      if (state === 'truncated') truncateSync(path, Math.floor(statSync(path).size / 2));
      if (state === 'garbage') writeFileSync(path, Buffer.from([0xff, 0, 1, 2]));
      if (state === 'null') writeFileSync(path, 'null');
      if (state === 'a folder') {
        rmSync(path);
        mkdirSync(path);
      }
      const fresh = roots.open(root);
      const { info, body } = await fresh.storage.get('k.txt');
      body.destroy();
      expect(info.contentType).toMatch(/^text\/plain/);
      expect(await fresh.storage.text('k.txt')).toBe('content');
      await fresh.storage.put('k.txt', 'again', options);
      expect((await fresh.storage.head('k.txt')).metadata).toEqual({ a: 'b' });
      await fresh.storage.delete('k.txt');
    },
  );

  it('of a hash as ETag does not outlive the setting', async () => {
    const { root, storage, backend } = place({ etag: 'md5' });
    const { etag } = await storage.put('k', 'content');
    expect(etag).toMatch(/^[0-9a-f]{32}$/);
    await backend.close();
    const unique = roots.open(root);
    const now = await unique.storage.head('k');
    expect((await unique.storage.page()).objects[0]?.etag).toBe(now.etag);
    await unique.storage.put('k', 'other', { ifMatch: now.etag });
  });
});

describe('what is deleted by hand while it is in use', () => {
  it('may be the own folder', async () => {
    const { root, storage } = place();
    await storage.put('d/k', 'content', { metadata: { a: 'b' } });
    rmSync(join(root, '.stowage'), { recursive: true });
    expect(await storage.text('d/k')).toBe('content');
    const put = () => storage.put('d/n', 'new', { metadata: { c: 'd' } });
    await put().catch((error: unknown) => expect(error).toMatchObject({ code: 'UNAVAILABLE' }));
    await put();
    expect((await storage.head('d/n')).metadata).toEqual({ c: 'd' });
    await storage.delete('d/k');
    expect((await storage.page()).objects.map(({ key }) => key)).toEqual(['d/n']);
  });

  it('may be the locks', async () => {
    const { root, storage } = place();
    await storage.put('d/k', 'content');
    rmSync(join(root, '.stowage/locks'), { recursive: true });
    await within(storage.put('d/n', 'new'), 'the put');
    expect(await storage.text('d/n')).toBe('new');
  });

  it('may be the root, made anew or not', async () => {
    const { root, storage } = place();
    await storage.put('d/k', 'content');
    rmSync(root, { recursive: true });
    mkdirSync(root);
    writeFileSync(join(root, 'other'), 'anew');
    expect((await storage.page()).objects.map(({ key }) => key)).toEqual(['other']);
    expect(await storage.text('other')).toBe('anew');
    rmSync(root, { recursive: true });
    await storage
      .put('d/k', 'x')
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'UNAVAILABLE' }));
    await storage.put('d/k', 'back');
    expect(await storage.text('d/k')).toBe('back');
    rmSync(root, { recursive: true });
    await expectCode(storage.get('d/k'), 'NOT_FOUND');
    rmSync(root, { recursive: true });
    await storage
      .delete('d/k')
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'UNAVAILABLE' }));
    await storage.put('d/k', 'once more');
  });

  it('may be a folder of objects, in which others are put', async () => {
    const { root, storage } = place();
    for (let round = 0; round < 20; round++) {
      const puts = Array.from({ length: 10 }, (_, i) => storage.put(`d/e/${i}`, 'x'));
      rmSync(join(root, 'd'), { recursive: true, force: true, maxRetries: 5 });
      await within(Promise.all(puts), 'the puts');
      await storage.put('d/e/last', 'x');
      expect(await storage.text('d/e/last')).toBe('x');
    }
  });
});

describe('a root that can only be read', () => {
  const isRoot = process.getuid?.() === 0;
  const name = 'is read, also when it was written before, and is written again once it can be';
  if (!isRoot) it.skip(`${name} (skipped: only root may mount)`, () => undefined);
  else
    it(name, async () => {
      const mount = mkdtempSync(join(tmpdir(), 'stowage-mount-'));
      const run = (...command: string[]) => execFileSync(command[0]!, command.slice(1));
      run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount);
      try {
        const before = roots.open(join(mount, 'root'));
        await before.storage.put('d/k', 'content', { metadata: { a: 'b' } });
        await before.backend.close();
        run('mount', '-o', 'remount,ro', mount);
        const { storage, backend } = roots.open(join(mount, 'root'));
        expect(await storage.text('d/k')).toBe('content');
        expect((await storage.head('d/k')).metadata).toEqual({ a: 'b' });
        expect((await storage.page()).objects).toHaveLength(1);
        for (const work of [storage.put('n', 'x'), storage.delete('d/k'), storage.copy('d/k', 'n')])
          await expectCode(work, 'PERMISSION_DENIED');
        run('mount', '-o', 'remount,rw', mount);
        await storage.put('n', 'x');
        await backend.close();
      } finally {
        run('umount', '-l', mount);
        rmSync(mount, { recursive: true, force: true });
      }
    });
});
