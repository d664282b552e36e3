#!/usr/bin/env node
// Runs `npm ci` only when node_modules is missing or was not installed from the current lockfile.
// Needs nothing but Node. Called from pretest/prestart/prebuild; SKIP_DEPS=1 opts out.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lock = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.deps-stamp');
const guard = join(root, '.deps-lock');
const text = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return e.code === 'EPERM';
  }
};

if (process.env.SKIP_DEPS || !existsSync(lock)) process.exit(0);
const want = createHash('sha256')
  .update(readFileSync(lock))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex');
const fresh = () => text(stamp) === want;
if (fresh()) process.exit(0);

// A person ran `npm ci`/`npm install` themselves: npm writes node_modules/.package-lock.json last.
const hidden = join(root, 'node_modules', '.package-lock.json');
const adopt = () => {
  if (!existsSync(hidden) || existsSync(stamp) || statSync(hidden).mtimeMs < statSync(lock).mtimeMs)
    return false;
  writeFileSync(stamp, want);
  return true;
};

if (adopt()) process.exit(0);

// One installer at a time. The guard holds the pids of the installer and its npm; once both are gone it is taken over.
for (let waited = 0; ; waited += 250) {
  try {
    writeFileSync(guard, String(process.pid), { flag: 'wx' });
    break;
  } catch (e) {
    if (e.code !== 'EEXIST') throw e;
  }
  const pids = text(guard).split(' ').filter(Boolean).map(Number);
  if (pids.length > 0 && !pids.some(alive)) {
    rmSync(guard, { force: true });
    continue;
  }
  if (waited === 0) console.error(`[deps] process ${pids[0] ?? '?'} is installing: waiting …`);
  if (waited > 10 * 60_000) {
    console.error('[deps] gave up waiting; remove', guard);
    process.exit(1);
  }
  await setTimeout(250);
}
try {
  if (!fresh() && !adopt()) {
    console.error('[deps] node_modules is missing or stale: running npm ci …');
    const started = Date.now();
    // The npm that called us exports its settings; drop those that would change the nested install.
    const env = { ...process.env };
    for (const k of [
      'NODE_ENV',
      'NODE_OPTIONS',
      'npm_config_production',
      'npm_config_omit',
      'npm_config_include',
      'npm_config_dry_run',
      'npm_config_global',
      'npm_config_workspace',
    ])
      delete env[k];
    const npm = env.npm_execpath?.endsWith('.js') ? [process.execPath, env.npm_execpath] : ['npm'];
    const child = spawn(
      npm[0],
      [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'],
      { cwd: root, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' && npm.length === 1 },
    );
    writeFileSync(guard, `${process.pid} ${child.pid ?? ''}`);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    const [code, signal] = await once(child, 'close');
    process.exitCode = signal ? 1 : code;
    if (code === 0) {
      writeFileSync(stamp, want);
      console.error(`[deps] done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    }
  }
} finally {
  rmSync(guard, { force: true });
}
