import { join } from 'node:path';
import { readlinkSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { disk, type Disk } from '../../../src/backends/local/disk.js';
import type { StorageService } from '../../../src/storage/storage.service.js';
import { FAST, useRoots } from './support/roots.js';

const roots = useRoots(FAST);

/** A disk that writes down what is made durable and what is moved, by kind. */
function recording(root: string): { readonly disk: Disk; readonly calls: string[] } {
  const calls: string[] = [];
  const kindOf = (path: string): string => {
    const real = path.replace(/\/proc\/self\/fd\/\d+/, (link) => readlinkSync(link)).slice(root.length + 1);
    if (/^\.stowage\/tmp\/[^/]+\/released$/.test(real)) return 'release';
    if (real.startsWith('.stowage/tmp/')) return 'temporary file';
    if (real.startsWith('.stowage/meta/'))
      return real.split('/').length > 3 ? 'metadata' : 'folder of metadata';
    if (real.startsWith('.stowage')) return real.includes('/locks/') ? 'lock' : 'own folder';
    return real === '' ? 'root' : real;
  };
  const recorded: Disk = {
    ...disk,
    fsync: async (fd) => {
      calls.push(`fsync ${kindOf(`/proc/self/fd/${fd}`)}`);
      await disk.fsync(fd);
    },
    rename: async (from, to) => {
      calls.push(`rename ${kindOf(from)} to ${kindOf(to)}`);
      await disk.rename(from, to);
    },
    link: async (from, to) => {
      calls.push(`link ${kindOf(from)} to ${kindOf(to)}`);
      await disk.link(from, to);
    },
    mkdir: async (path, mode) => {
      calls.push(`mkdir ${kindOf(path)}`);
      await disk.mkdir(path, mode);
    },
  };
  return { disk: recorded, calls };
}

async function callsOf(
  durability: 'full' | 'rename',
  work: (storage: StorageService) => Promise<unknown>,
): Promise<string[]> {
  const root = join(roots.folder(), 'root');
  const { disk: recorded, calls } = recording(root);
  const { storage, backend } = roots.open(root, { disk: recorded, durability });
  await storage.put('there/other', 'x');
  await storage.put('there/k', 'x');
  // So that there is a folder for the metadata of each.
  for (const key of ['there/n', 'a/b/k']) await storage.put(key, 'x').then(() => storage.delete(key));
  await backend.sweep();
  calls.length = 0;
  await work(storage);
  return calls.filter((call) => !call.includes('release'));
}

const metadata = ['fsync temporary file', 'fsync temporary file'];

describe('what durability full makes durable', () => {
  it('is content and metadata before the rename, and the folder after it', async () => {
    expect(await callsOf('full', (storage) => storage.put('there/k', 'new'))).toEqual([
      ...metadata,
      'rename temporary file to metadata',
      'fsync folder of metadata',
      'rename temporary file to there/k',
      'fsync there',
    ]);
  });

  it('is the same with ifAbsent and in a copy', async () => {
    const placed = ['rename temporary file to metadata', 'fsync folder of metadata'];
    expect(await callsOf('full', (storage) => storage.put('there/n', 'x', { ifAbsent: true }))).toEqual([
      ...metadata,
      ...placed,
      'link temporary file to there/n',
      'fsync there',
    ]);
    expect(await callsOf('full', (storage) => storage.copy('there/k', 'there/n'))).toEqual([
      ...metadata,
      ...placed,
      'rename temporary file to there/n',
      'fsync there',
    ]);
  });

  it('is each new folder, from the top down, before anything is in it', async () => {
    const calls = await callsOf('full', (storage) => storage.put('a/b/k', 'x'));
    expect(calls.filter((call) => /mkdir|fsync (root|a)|to a/.test(call))).toEqual([
      'mkdir a',
      'fsync root',
      'mkdir a/b',
      'fsync a',
      'rename temporary file to a/b/k',
      'fsync a/b',
    ]);
  });

  it('is the folder of what was deleted', async () => {
    expect(await callsOf('full', (storage) => storage.delete('there/k'))).toEqual([
      'rename there/k to temporary file',
      'fsync there',
    ]);
  });

  it('is the root and the own folder, where they were made', async () => {
    const root = join(roots.folder(), 'deep/root');
    const { disk: recorded } = recording(root);
    const synced: string[] = [];
    const watched: Disk = {
      ...recorded,
      fsync: async (fd) => {
        synced.push(readlinkSync(`/proc/self/fd/${fd}`));
        await disk.fsync(fd);
      },
    };
    await roots.open(root, { disk: watched, durability: 'full' }).storage.put('k', 'x');
    const above = [join(root, '../..'), join(root, '..'), root, join(root, '.stowage')];
    for (const folder of above) expect(synced).toContain(folder);
  });
});

describe('durability rename', () => {
  it('makes nothing durable, and keeps the order', async () => {
    const works: ((storage: StorageService) => Promise<unknown>)[] = [
      (storage) => storage.put('there/k', 'new'),
      (storage) => storage.put('a/b/k', 'new', { ifAbsent: true }),
      (storage) => storage.copy('there/k', 'there/n'),
      (storage) => storage.delete('there/k'),
    ];
    for (const work of works) {
      const calls = await callsOf('rename', work);
      expect(calls.filter((call) => call.startsWith('fsync'))).toEqual([]);
      expect(calls.length).toBeGreaterThan(0);
    }
    expect(await callsOf('rename', (storage) => storage.put('there/k', 'new'))).toEqual([
      'rename temporary file to metadata',
      'rename temporary file to there/k',
    ]);
  });
});
