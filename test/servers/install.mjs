// Puts the servers of catalogue.mjs on this machine. What is not whole is never seen: everything is made under
// another name and renamed at the end, and what an interrupted run left behind is removed by the next.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, catalogue, isCommand, isInstalled } from './catalogue.mjs';
import { dyingWithUs } from './dying-with-us.mjs';
import { exclusively } from './exclusively.mjs';

/** Installs the server `name` unless it is there, and says on `say` what it does. Two runs at once are safe: one works, the other waits. */
export async function install(name, say) {
  if (isInstalled(name)) return say(`${name}: already installed`);
  await mkdir(cacheDirectory, { recursive: true });
  await exclusively(
    `${cacheDirectory}:${name}`,
    () => say(`${name}: another process installs it, waiting`),
    async () => {
      if (isInstalled(name)) return say(`${name}: installed by another process`);
      const started = performance.now();
      await removeLeftovers(name);
      await installers[catalogue[name].kind](catalogue[name], say);
      if (!isInstalled(name)) throw new Error(`${name} was installed, but it cannot be found`);
      say(`${name}: installed in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    },
  );
}

const installers = {
  async go({ name, module, version, binary, path }, say) {
    if (!isCommand('go')) throw new Error(`${name} is built with Go 1.25 or later: https://go.dev/dl`);
    say(`${name}: building ${module}@${version}`);
    await staged(name, async (folder) => {
      await run('go', ['install', '-trimpath', '-ldflags=-s -w', `${module}@${version}`], {
        GOBIN: folder,
        CGO_ENABLED: '0',
        GOFLAGS: '-buildvcs=false',
      });
      await rename(join(folder, binary), path);
    });
  },

  async venv({ name, requirement, path }, say) {
    if (!isCommand('python3')) throw new Error(`${name} needs Python 3.10 or later with the module venv`);
    say(`${name}: installing ${requirement}`);
    await staged(name, async (folder) => {
      const venv = join(folder, 'venv');
      await run('python3', ['-m', 'venv', venv]);
      const python = join(venv, 'bin', 'python3');
      await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement]);
      await run(python, ['-c', 'import moto.server']);
      // What runs is `python3 -m …`, which finds its packages from its own path: unlike the scripts of a venv it can move.
      await rename(venv, path);
    });
  },

  async apt({ name, commands }, say) {
    if (!isCommand('apt-get')) {
      throw new Error(
        `${name} is installed with apt-get. Elsewhere, put these on the PATH: ${Object.keys(commands).join(', ')}`,
      );
    }
    const packages = [...new Set(Object.values(commands))];
    say(`${name}: installing the packages ${packages.join(', ')}`);
    const root = process.getuid?.() === 0 ? [] : ['sudo'];
    const apt = (...args) => {
      const [command, ...rest] = [...root, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
      return run(command, rest, {}, { stdin: 'inherit', detached: false });
    };
    await apt('update');
    await apt('install', '-y', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends', ...packages);
  },

  async deb({ name, packages, path }, say) {
    if (!isCommand('apt-get') || !isCommand('dpkg-deb'))
      throw new Error(`${name} is unpacked from the packages of Debian or Ubuntu, by apt-get and dpkg-deb`);
    say(`${name}: unpacking the packages ${packages.join(', ')} and what they need`);
    await staged(name, async (folder) => {
      const [lists, archives, root] = ['lists', 'archives', 'root'].map((one) => join(folder, one));
      for (const one of [lists, archives]) await mkdir(join(one, 'partial'), { recursive: true });
      // All that apt-get writes is in the folder, so it needs no rights, and nothing of the system changes.
      const settings = [
        ...[`Dir::State::lists=${lists}`, `Dir::Cache=${folder}`, `Dir::Cache::archives=${archives}`],
        ...['Debug::NoLocking=true', 'APT::Sandbox::User='],
      ].flatMap((setting) => ['-o', setting]);
      await run('apt-get', ['-q', ...settings, 'update']);
      await run('apt-get', [
        ...['-q', '-y', ...settings, '--no-install-recommends', '--download-only', '--reinstall'],
        ...['install', ...packages],
      ]);
      for (const file of await readdir(archives)) {
        if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(archives, file), root]);
      }
      await rename(root, path);
    });
  },
};

/** Calls `work` with an empty folder in the cache, which is gone afterwards. */
async function staged(name, work) {
  const folder = join(cacheDirectory, `${prefix(name)}${randomBytes(6).toString('hex')}`);
  const clear = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(folder);
  process.on('exit', clear);
  try {
    await work(folder);
  } finally {
    process.off('exit', clear);
    clear();
  }
}

const prefix = (name) => `building-${name}-`;

async function removeLeftovers(name) {
  for (const entry of await readdir(cacheDirectory)) {
    if (entry.startsWith(prefix(name)))
      await rm(join(cacheDirectory, entry), { recursive: true, force: true });
  }
}

/** Runs a command. What it says is shown only when it fails. It ends with us, and what it started too when it is `detached`. */
async function run(command, args, env = {}, { stdin = 'ignore', detached = true } = {}) {
  const [first, ...rest] = [...(detached ? dyingWithUs : []), command, ...args];
  const child = spawn(first, rest, {
    env: { ...process.env, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
    // A process group of its own can be ended as a whole, but has no terminal that sudo could ask for a password on.
    detached,
  });
  const end = () => {
    try {
      process.kill(detached ? -child.pid : child.pid, 'SIGTERM');
    } catch {
      // It has ended.
    }
  };
  process.on('exit', end);
  let said = '';
  const hear = (chunk) => (said = (said + chunk).slice(-20_000));
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  try {
    const [code, signal] = await once(child, 'close');
    if (code === 0) return;
    const lines = said
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('go: downloading'));
    throw new Error(
      `${command} ${args.join(' ')} ended with ${code ?? signal}:\n${lines.slice(-20).join('\n')}`,
    );
  } finally {
    process.off('exit', end);
  }
}
