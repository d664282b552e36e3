import { readdirSync } from 'node:fs';
import type { Disk } from '../../../../src/backends/local/disk.js';

const fold = (name: string): string => name.normalize('NFD').toLowerCase();

/** Names that are the same name to it are one file: `inner` as a file system of macOS. */
export function foldingDisk(inner: Disk): Disk {
  const one = (path: string): string => {
    const parts = path.split('/');
    // What `/proc` names has no other spelling.
    const fixed = path.startsWith('/proc/self/fd/') ? 5 : 2;
    let real = parts.slice(0, fixed).join('/');
    for (const name of parts.slice(fixed)) real = below(real, name === '' ? '' : spelled(real, name));
    return real;
  };
  const wrap =
    <Rest extends unknown[], Result>(call: (path: string, ...rest: Rest) => Result) =>
    (path: string, ...rest: Rest) =>
      call(one(path), ...rest);
  const wrapBoth =
    <Rest extends unknown[], Result>(call: (from: string, to: string, ...rest: Rest) => Result) =>
    (from: string, to: string, ...rest: Rest) =>
      call(one(from), one(to), ...rest);
  return {
    ...inner,
    open: wrap(inner.open),
    utimes: wrap(inner.utimes),
    rename: wrapBoth(inner.rename),
    link: wrapBoth(inner.link),
    symlink: (target, path) => inner.symlink(target, one(path)),
    readlink: wrap(inner.readlink),
    unlink: wrap(inner.unlink),
    mkdir: wrap(inner.mkdir),
    rmdir: wrap(inner.rmdir),
    removeAll: wrap(inner.removeAll),
    copyFile: wrapBoth(inner.copyFile),
    readFile: wrap(inner.readFile),
    readdir: wrap(inner.readdir),
    lstat: wrap(inner.lstat),
  };
}

/** How `name` is spelled in `folder`, if it is there. */
function spelled(folder: string, name: string): string {
  if (name === '..' || name === '.') return name;
  try {
    return readdirSync(folder).find((other) => fold(other) === fold(name)) ?? name;
  } catch {
    return name;
  }
}

const below = (folder: string, name: string): string => `${folder}/${name}`;
