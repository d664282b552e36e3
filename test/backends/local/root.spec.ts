import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { disk } from '../../../src/backends/local/disk.js';
import { StorageError } from '../../../src/core/error.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { expectCode, thrown } from '../../support/errors.js';
import { within } from '../../support/within.js';

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-root-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const storageAt = (root: string) =>
  new StorageService('files', new LocalBackend({ root, durability: 'rename' }));

describe('a root', () => {
  it('is made with all that is missing above it', () =>
    inFolder(async (folder) => {
      const root = join(folder, 'a', 'b', 'c');
      await storageAt(root).put('k', 'x');
      expect(await readdir(root)).toContain('k');
    }));

  it.each<[object | undefined, string]>([
    [undefined, 'root is undefined'],
    [{ root: '' }, 'root is ""'],
    [{ root: '/tmp/x', durability: 'ful' }, 'durability is "ful": pass "full" or "rename"'],
    [{ root: '/tmp/x', fileMode: '600' }, 'fileMode is "600"'],
    [{ root: '/tmp/x', durabilty: 'full' }, 'LocalBackend has no option durabilty: its options are root,'],
  ])('and the other options are checked at once: %j', (options, message) => {
    const error = thrown(() => new LocalBackend(options as { root: string }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(error.message).toContain(message);
  });

  it('that is a file, or lies below one, is named, and no fault of whoever asks', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, 'x');
      for (const root of [file, join(file, 'below')]) {
        const error = await expectCode(storageAt(root).put('k', 'x'), 'UNAVAILABLE');
        expect(error.reason).toBe('root');
        expect(error.message).toContain(
          `The root ${root} cannot be used, ENOTDIR (mkdir): a file is in its place`,
        );
        await expectCode(storageAt(root).get('k'), 'UNAVAILABLE');
      }
    }));

  it.each([
    ['ENOENT', 'UNAVAILABLE', 'root'],
    ['EINVAL', 'UNAVAILABLE', 'root'],
    ['EACCES', 'PERMISSION_DENIED', 'root'],
    ['EROFS', 'PERMISSION_DENIED', 'read-only'],
    ['ENOSPC', 'NO_SPACE', 'root'],
  ] as const)('that cannot be made for %s is named too', (errno, code, reason) =>
    inFolder(async (folder) => {
      const root = join(folder, 'root');
      const mkdir = (): Promise<never> =>
        Promise.reject(Object.assign(new Error(errno), { code: errno, syscall: 'mkdir' }));
      const backend = new LocalBackend({ root, disk: { ...disk, mkdir } });
      const error = await expectCode(backend.open(), code);
      expect(error).toMatchObject({
        code,
        reason,
        message: `The root ${root} cannot be used, ${errno} (mkdir)`,
      });
    }),
  );

  it('is opened, or made, before the first operation by open, as often as it is called', () =>
    inFolder(async (folder) => {
      const root = join(folder, 'a', 'root');
      const backend = new LocalBackend({ root, durability: 'rename' });
      await backend.open();
      await backend.open();
      expect(await readdir(root)).toEqual(['.stowage']);
      await backend.close();
      await expectCode(backend.open(), 'UNAVAILABLE');
    }));

  it('below a link to nothing ends with an error', () =>
    inFolder(async (folder) => {
      await symlink(join(folder, 'nothing'), join(folder, 'link'));
      const error: unknown = await within(
        storageAt(join(folder, 'link'))
          .put('k', 'x')
          .catch((caught: unknown) => caught),
      );
      expect(StorageError.is(error)).toBe(true);
    }));

  const proc = existsSync('/proc/self') ? it : it.skip;
  proc('where nothing can be made ends with an error (skipped without /proc)', async () => {
    const error: unknown = await within(
      storageAt('/proc/nope')
        .put('k', 'x')
        .catch((caught: unknown) => caught),
    );
    expect(StorageError.is(error)).toBe(true);
  });
});
