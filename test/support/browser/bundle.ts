import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/**
 * The script `entry` and what it imports from node_modules, as one file for a browser. Vite makes it in a process of its own, because
 * its native parts do not load in a context of Jest, and in a temporary folder, which is gone when it is made.
 * @param entry Relative to the root of the repository.
 */
export async function bundle(entry: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-bundle-'));
  try {
    const script = `
      const { build } = await import('vite');
      await build({
        configFile: false, root: process.cwd(), logLevel: 'error', cacheDir: ${JSON.stringify(join(folder, 'cache'))},
        build: {
          outDir: ${JSON.stringify(join(folder, 'out'))}, minify: false, emptyOutDir: false,
          lib: { entry: ${JSON.stringify(resolve(entry))}, formats: ['es'], fileName: () => 'page.js' },
        },
        define: { 'process.env.NODE_ENV': '"production"' },
      });`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 60_000,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return await readFile(join(folder, 'out', 'page.js'), 'utf8');
  } catch (cause) {
    throw new Error(`${basename(entry)} could not be bundled`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
