import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptSecret } from '../../src/app/kept-secret.js';

describe('The kept secret', () => {
  let root: string;
  let path: string;
  let warnings: string[];
  const kept = (): Promise<string> => keptSecret(root, (text) => warnings.push(text));
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'stowage-secret-'));
    path = join(root, '.stowage', 'signing-secret');
    warnings = [];
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is made once, for its owner only', async () => {
    const secrets = await Promise.all(Array.from({ length: 10 }, kept));
    expect(new Set(secrets).size).toBe(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(warnings).toEqual([]);
  });

  it.each([0o640, 0o604, 0o620])('is warned about when others may use it: %o', async (mode) => {
    const secret = await kept();
    await chmod(path, mode);
    expect(await kept()).toBe(secret);
    expect(warnings).toEqual([expect.stringContaining(`Others may read ${path}`)]);
    expect(warnings.join()).not.toContain(secret);
  });

  it('is no symbolic link, wherever it leads', async () => {
    await mkdir(join(root, '.stowage'));
    await writeFile(join(root, 'other'), '0'.repeat(64));
    for (const target of [join(root, 'other'), join(root, 'none')]) {
      await symlink(target, path);
      await expect(kept()).rejects.toThrow('is a symbolic link');
      await rm(path);
    }
  });
});
