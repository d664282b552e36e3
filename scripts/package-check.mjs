#!/usr/bin/env node
// Checks the package as it would be published: contents, entry points, types, and real consumers of it.
// Arguments: names of checks to run (all without any) and --report=FILE for the results as JSON.
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkConsumer, listConsumers } from './package/consumers.mjs';
import { checkContents, pack } from './package/contents.mjs';
import { checkEntries } from './package/entries.mjs';
import { run } from './package/run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', ...name.split('/'));

const directory = await mkdtemp(join(tmpdir(), 'stowage-package-'));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

/** Fills `packed` in; every other check needs it. */
let packed;
const checks = {
  pack: async () => (packed = await pack(root, directory)),
  contents: () => checkContents(root, packed.files),
  publint: () =>
    run(process.execPath, [bin('publint/src/cli.js'), 'run', packed.tarball, '--strict', '--pack=false']),
  types: () =>
    run(process.execPath, [
      bin('@arethetypeswrong/cli/dist/index.js'),
      ...[packed.tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'],
    ]),
  entries: () => checkEntries(root, packed.tarball, directory),
};
for (const name of await listConsumers(root)) {
  checks[name] = () => checkConsumer(root, name, packed.tarball, directory);
}

const report = process.argv.find((argument) => argument.startsWith('--report='))?.slice('--report='.length);
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`No such check: ${unknown.join(', ')}. There are: ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}

const results = [];
for (const [name, check] of Object.entries(checks)) {
  if (name !== 'pack' && wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const reason = name === 'pack' || packed ? undefined : 'the package could not be packed';
  let status = reason ? 'skipped' : 'passed';
  let detail = reason;
  if (!reason) {
    try {
      await check();
    } catch (error) {
      status = 'failed';
      detail = error instanceof Error ? error.message : String(error);
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  results.push({ name, status });
  console.log(
    `package: ${name}: ${status} (${seconds} s)${detail ? `\n${detail.replace(/^/gm, '    ')}` : ''}`,
  );
}
if (report) await writeFile(report, JSON.stringify(results));
process.exitCode = results.some(({ status }) => status === 'failed') ? 1 : 0;
