import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { runVite } from '../run-vite.js';

/**
 * The script `entry` and what it imports from node_modules, as one file for a browser. Vite makes it in a temporary folder, which is
 * gone when it is made.
 * @param entry Relative to the root of the repository.
 */
export async function bundle(entry: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-bundle-'));
  const outDir = join(folder, 'out');
  try {
    await runVite(basename(entry), {
      ...{ configFile: false, root: process.cwd(), logLevel: 'error', cacheDir: join(folder, 'cache') },
      // Vite adds `.js`, because the package is one of modules.
      build: {
        ...{ outDir, minify: false, emptyOutDir: false },
        lib: { entry: resolve(entry), formats: ['es'], fileName: 'page' },
      },
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    return await readFile(join(outDir, 'page.js'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
