import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runVite } from './run-vite.js';

/**
 * Bundles each compiled script of the folder `scripts` with all that it imports, and gives the folder of the bundles: a process that
 * loads Nest and a client of S3 as their thousand files is busy for more than a second before its first line runs, one that loads a
 * bundle for a third of one. What is imported by `import()` is a file of its own, and read when it is needed.
 * @param folder What `compile` has made. @param scripts Relative to it.
 */
export async function bundleScripts(folder: string, scripts: string): Promise<string> {
  const outDir = join(folder, 'bundled', scripts);
  const input = readdirSync(join(folder, scripts))
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, scripts, name));
  const options = {
    ...{ configFile: false, root: folder, envDir: false, cacheDir: join(folder, 'cache'), logLevel: 'error' },
    ssr: { noExternal: true },
    // Nest knows classes by their names.
    build: { ssr: true, outDir, minify: false, rolldownOptions: { input, output: { keepNames: true } } },
  };
  await runVite(scripts, options);
  return outDir;
}
