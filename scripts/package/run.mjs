import { spawn } from 'node:child_process';

/** Settings of the npm that called us that would change what a nested npm or node does. */
const inherited = [
  ...['NODE_ENV', 'NODE_OPTIONS', 'NODE_PATH', 'INIT_CWD'],
  ...['dry_run', 'global', 'include', 'local_prefix', 'omit', 'production', 'workspace', 'workspaces'].map(
    (name) => `npm_config_${name}`,
  ),
];

/** The environment of a shell in which nothing of this project is set. */
export function cleanEnv() {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (inherited.includes(name) || /^npm_(package|lifecycle)_/.test(name)) delete env[name];
  }
  return env;
}

/** Each runs in a process group of its own, which a signal to ours does not reach. */
const running = new Set();
process.once('exit', () => running.forEach(kill));

/**
 * Runs a program to its end and returns what it printed to stdout.
 * Throws, with all that it printed, when it fails or is not done within `seconds`.
 */
export async function run(program, args, { cwd, seconds = 120 } = {}) {
  const windows = process.platform === 'win32';
  const child = spawn(program, args, {
    cwd,
    env: cleanEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows && program === 'npm',
    detached: !windows,
  });
  running.add(child);
  const stdout = [];
  const all = [];
  child.stdout.on('data', (chunk) => (stdout.push(chunk), all.push(chunk)));
  child.stderr.on('data', (chunk) => all.push(chunk));

  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill(child);
  }, seconds * 1000);
  const end = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  clearTimeout(timer);
  running.delete(child);
  if (end === 0 && !late) return Buffer.concat(stdout).toString();
  const how = late ? `was not done after ${seconds} s` : `ended with ${end}`;
  throw new Error(`${program} ${args.join(' ')} ${how}\n${Buffer.concat(all)}`);
}

/** npm runs its scripts in further processes: where there are process groups, the whole group ends. */
function kill(child) {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill();
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
