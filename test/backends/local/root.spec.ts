import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
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
    [
      { root: '/tmp/x', durabilty: 'full' },
      'LocalBackend has no option durabilty: its options are root, durability, etag,',
    ],
  ])('and the other options are checked at once: %j', (options, message) => {
    const error = thrown(() => new LocalBackend(options as { root: string }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(error.message).toContain(message);
  });

  it('that is a file, or lies below one, is refused', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, 'x');
      for (const root of [file, join(file, 'below')]) {
        await expectCode(within(storageAt(root).put('k', 'x')), 'INVALID_ARGUMENT');
      }
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
