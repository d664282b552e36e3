import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = '.stowage';
const NAME = 'signing-secret';
// Windows has no such flag.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
const OF_OTHERS = 0o077;
const SECRET = /^[0-9a-f]{64}$/;

/**
 * The secret that is kept below `root`, in the folder that no storage serves; made when there is none. Of several processes
 * that start at once all get the same one.
 * @param warn Told when others than its owner may read or change the file.
 * @throws Error of the file system, and for a file that is a symbolic link or holds something else.
 */
export async function keptSecret(root: string, warn: (text: string) => void): Promise<string> {
  const folder = join(root, FOLDER);
  const path = join(folder, NAME);
  const kept = await read(path, warn);
  if (kept !== undefined) return kept;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    // Whole before it has its name, so that nobody reads a part of it.
    await writeSynced(temporary, randomBytes(32).toString('hex'));
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await read(path, warn);
  if (made === undefined) throw new Error(`${path} is gone`);
  return made;
}

async function read(path: string, warn: (text: string) => void): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, READ);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // POSIX says ELOOP, FreeBSD EMLINK: https://pubs.opengroup.org/onlinepubs/9799919799/functions/open.html
    if (code === 'ELOOP' || code === 'EMLINK')
      throw new Error(`${path} is a symbolic link: delete it`, { cause: error });
    throw error;
  }
  try {
    const { mode } = await file.stat();
    // Windows keeps its permissions elsewhere.
    if ((mode & OF_OTHERS) !== 0 && process.platform !== 'win32')
      warn(`Others may read ${path}, and sign URLs: chmod 600 it, or delete it, and another is made`);
    const secret = (await file.readFile('utf8')).trim();
    if (!SECRET.test(secret)) throw new Error(`${path} holds no secret: delete it, and one is made`);
    return secret;
  } finally {
    await file.close();
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
