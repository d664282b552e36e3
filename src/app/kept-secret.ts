import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = '.stowage';
const NAME = 'signing-secret';
const SECRET = /^[0-9a-f]{64}$/;

/**
 * The secret that is kept below `root`, in the folder that no storage serves; made when there is none. Of several processes
 * that start at once all get the same one.
 * @throws Error of the file system, and for a file that holds something else.
 */
export async function keptSecret(root: string): Promise<string> {
  const folder = join(root, FOLDER);
  const path = join(folder, NAME);
  const kept = await read(path);
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
  const made = await read(path);
  if (made === undefined) throw new Error(`${path} is gone`);
  return made;
}

async function read(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const secret = text.trim();
  if (!SECRET.test(secret)) throw new Error(`${path} holds no secret: delete it, and one is made`);
  return secret;
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
