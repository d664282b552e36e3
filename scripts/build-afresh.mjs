#!/usr/bin/env node
// Builds for a package: dist/ has nothing whose source is gone, and at no moment lacks what a server that runs from it
// still reads. So it is built beside it, moved there file by file, and then the rest is removed, but for the page.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

const filesOf = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

mkdirSync(dist, { recursive: true });
// As deep as dist/, because source maps have relative paths.
const fresh = mkdtempSync(join(root, '.dist-'));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const options = ['--outDir', fresh, '--incremental', 'false', '--tsBuildInfoFile', 'null'];
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), ...options], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);

const built = filesOf(fresh);
for (const file of built) {
  mkdirSync(dirname(join(dist, file)), { recursive: true });
  renameSync(join(fresh, file), join(dist, file));
}
// With what the last build knew: it would not make again what is removed here.
const wanted = new Set(built);
for (const file of filesOf(dist)) {
  if (!wanted.has(file) && file.split(sep)[0] !== 'page') rmSync(join(dist, file), { force: true });
}
