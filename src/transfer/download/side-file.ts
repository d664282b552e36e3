import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { errno } from '../../core/errno.js';
import { StorageError } from '../../core/error.js';
import { onTarget, targetError } from './target-error.js';

/** Bytes: 10,000 parts have 200 KiB. More is none of ours, and is not read. */
const MAX_BYTES = 16 * 1024 * 1024;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The small file beside a download; undefined where there is none. Others may write to the folder: a link is not followed, and a
 * pipe not waited for. @throws StorageError INVALID_ARGUMENT, reason `target`, for what is no regular file; of the target.
 */
export async function readSideFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, READ);
    try {
      const stats = await file.stat();
      if (!stats.isFile())
        throw new StorageError('INVALID_ARGUMENT', 'What is kept of the download is no regular file', {
          reason: 'target',
        });
      return stats.size > MAX_BYTES ? '' : await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw targetError(error);
  }
}

/** Puts all of `text` in the place of `path`, or leaves what was there before. @throws StorageError of the target. */
export async function replaceSideFile(path: string, text: string): Promise<void> {
  const next = nextOf(path);
  const file = await create(next);
  try {
    await onTarget(file.writeFile(text));
    await onTarget(file.datasync());
  } finally {
    await file.close();
  }
  await onTarget(rename(next, path));
}

/** Where the next version of it is written. */
export const nextOf = (path: string): string => `${path}.new`;

/** Never what is there already, which may be a link to something else. */
async function create(path: string) {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw targetError(error);
    await onTarget(unlink(path));
    return onTarget(open(path, 'wx', 0o600));
  }
}
