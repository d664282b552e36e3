import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { LocalBackend, type LocalBackendOptions } from '../../../../src/backends/local/backend.js';
import { withLayers } from '../../../../src/core/layered-backend.js';
import { StorageService } from '../../../../src/storage/storage.service.js';

export interface Opened {
  readonly backend: LocalBackend;
  readonly storage: StorageService;
}

/** Memory where there is some, for what is not about the disk. */
export const FAST = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Empty roots, and backends on them, for the specs of one file: each is closed and removed after its test. */
export function useRoots(base = tmpdir()): {
  folder(): string;
  open(root: string, options?: Partial<LocalBackendOptions>): Opened;
} {
  let folders: string[] = [];
  let backends: LocalBackend[] = [];
  afterEach(async () => {
    for (const backend of backends) await backend.close().catch(() => undefined);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    backends = [];
    folders = [];
  });
  return {
    folder() {
      const folder = mkdtempSync(join(base, 'stowage-local-'));
      folders.push(folder);
      return folder;
    },
    open(root, options = {}) {
      const backend = new LocalBackend({ root, durability: 'rename', ...options });
      backends.push(backend);
      return { backend, storage: new StorageService('test', withLayers(backend, 'test')) };
    },
  };
}

/** The open descriptors of this process that lead below `folder`. */
export function descriptorsBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

/** All files and empty directories below the reserved folder and beside it, relative to `root`. */
export function everythingIn(root: string): { readonly files: string[]; readonly emptyFolders: string[] } {
  const files: string[] = [];
  const emptyFolders: string[] = [];
  const walk = (folder: string) => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    if (entries.length === 0) emptyFolders.push(folder);
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else files.push(path);
    }
  };
  walk('');
  return { files: files.sort(), emptyFolders: emptyFolders.sort() };
}

/** The key of each piece of metadata that is kept, as often as there is one. */
export function keysOfMetadata(root: string): string[] {
  return everythingIn(root)
    .files.filter((path) => path.startsWith('.stowage/meta/'))
    .map((path) => (JSON.parse(readFileSync(join(root, path), 'utf8')) as { key: string }).key)
    .sort();
}

/** The keys of the objects, as files. */
export const keysOfFiles = (root: string): string[] =>
  everythingIn(root).files.filter((path) => !path.startsWith('.stowage/'));

/** What is neither an object nor the metadata of one: locks, temporary files. The folders of owners do not count. */
export const remains = (root: string): string[] =>
  everythingIn(root).files.filter(
    (path) => path.startsWith('.stowage/') && !path.startsWith('.stowage/meta/'),
  );
