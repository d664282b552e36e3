import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { installCommand, isInstalled } from './catalogue.mjs';

const keeper = fileURLToPath(new URL('keeper.mjs', import.meta.url));
const PREFIX = 'stowage-s3-';

/** Documented in start-server.d.mts. */
export async function startServer(name, { tls = false, port, firstPort } = {}) {
  const { child, server } = await launch(name, { tls, port, firstPort, watch: true });
  let stopped;
  const stop = () => (stopped ??= end(child));
  return { ...server, ...(server.caFile && { ca: readFileSync(server.caFile, 'utf8') }), stop };
}

/**
 * Starts a keeper (keeper.mjs). With `watch` it ends with this process, without it goes on until it gets SIGTERM.
 * `port` is the server's; default: any, beginning with `firstPort`.
 */
export async function launch(name, { tls = false, watch, port, firstPort }) {
  if (!isInstalled(name)) throw new Error(`${name} is not installed: ${installCommand(name)}`);
  sweep();
  const directory = mkdtempSync(join(tmpdir(), PREFIX));
  const settings = JSON.stringify({ name, tls, watch, port, firstPort });
  const child = spawn(process.execPath, [keeper, directory, settings], {
    stdio: [watch ? 'pipe' : 'ignore', 'pipe', 'ignore'],
    // In a session of its own: what a terminal or a time limit sends to the tests does not end it half-way.
    detached: true,
    env: {
      PATH: process.env.PATH,
      LANG: process.env.LANG,
      TMPDIR: process.env.TMPDIR,
      HOME: process.env.HOME,
      STOWAGE_SERVERS_CACHE: process.env.STOWAGE_SERVERS_CACHE,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
    },
  });
  writeFileSync(join(directory, 'keeper.pid'), String(child.pid));
  child.stdin?.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout });
  // Whoever forgets to stop it can still end.
  for (const handle of [child, child.stdin, child.stdout]) handle?.unref?.();
  const heard = new Promise((resolve) => {
    lines.once('line', (line) => resolve(JSON.parse(line)));
    child.once('close', (code, signal) => resolve({ failed: `its keeper ended with ${code ?? signal}` }));
    child.once('error', ({ message }) => resolve({ failed: message }));
  });
  child.ref();
  const { server, failed } = await heard;
  child.unref();
  if (failed) throw new Error(`${name} did not start: ${failed}`);
  child.deaths = [];
  lines.on('line', (line) => child.deaths.push(JSON.parse(line)));
  return { child, server };
}

async function end(child) {
  child.ref();
  if (child.exitCode === null && child.signalCode === null) {
    child.stdin.end();
    await once(child, 'close');
  }
  const [death] = child.deaths;
  if (death) throw new Error(`${death.died} ended while the tests ran:\n${death.log}`);
}

/** Removes what servers left whose keeper was killed. */
function sweep() {
  for (const entry of readdirSync(tmpdir())) {
    const directory = join(tmpdir(), entry);
    if (entry.startsWith(PREFIX) && isAbandoned(directory))
      rmSync(directory, { recursive: true, force: true });
  }
}

function isAbandoned(directory) {
  let pid;
  try {
    pid = Number(readFileSync(join(directory, 'keeper.pid'), 'utf8'));
  } catch {
    // It is being made, or removed, at this moment.
    return false;
  }
  return !isKeeper(pid, directory);
}

/** Whether the process `pid` is the keeper of `directory`. */
export function isKeeper(pid, directory) {
  try {
    process.kill(pid, 0);
    // The number may have gone to another process.
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory);
  } catch {
    return false;
  }
}
