import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The page of the reference server, built into a temporary folder, as `npm run build:page` builds it. */
export async function buildPage(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-page-'));
  // A process of its own, because Vite's native parts do not load in a context of Jest.
  const args = ['node_modules/vite/bin/vite.js', 'build', '-c', 'page/vite.config.mjs', '--outDir', folder];
  await promisify(execFile)(process.execPath, args, {
    timeout: 60_000,
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
  });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
