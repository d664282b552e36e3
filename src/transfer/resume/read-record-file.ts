import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errno } from '../../core/errno.js';

/** More is no record of ours: 10,000 parts have 2 MiB. */
const MAX_BYTES = 16 * 1024 * 1024;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NOTHING = new Uint8Array();

/**
 * The bytes of a record. Of what stands there and is no regular file, or too large a one, there are none, which is a damaged
 * record: a link is not followed and a pipe not waited for, and one such name stops no list and no sweep of the others.
 * @throws what the disk answers.
 */
export async function readRecordFile(path: string): Promise<Uint8Array> {
  const file = await open(path, READ).catch((error: unknown) => {
    if (errno(error) === 'ELOOP' || errno(error) === 'ENXIO') return undefined;
    throw error;
  });
  if (!file) return NOTHING;
  try {
    const stats = await file.stat();
    return stats.isFile() && stats.size <= MAX_BYTES ? await file.readFile() : NOTHING;
  } finally {
    await file.close();
  }
}
