import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.mjs';

/** The consumers: each a small project of its own that depends on `file:./nestjs-stowage.tgz`. */
export async function listConsumers(root) {
  const entries = await readdir(join(root, 'test', 'consumers'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Installs the packed package into a copy of the consumer and runs its `check` script, which prints OK. */
export async function checkConsumer(root, name, tarball, directory) {
  const project = join(directory, name);
  await mkdir(project);
  await cp(join(root, 'test', 'consumers', name), project, { recursive: true });
  await copyFile(tarball, join(project, 'nestjs-stowage.tgz'));
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', '--prefer-offline'];
  await run('npm', ['install', ...quiet], { cwd: project, seconds: 240 });
  const out = await run('npm', ['run', '--silent', 'check'], { cwd: project, seconds: 120 });
  if (!/^OK$/m.test(out)) throw new Error(`${name} did not print OK:\n${out}`);
}
