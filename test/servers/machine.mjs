import { execFile, spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dyingWithUs } from './dying-with-us.mjs';

/** Milliseconds that a server has to begin, and then each of its processes to end. */
const START_LIMIT = 60_000;
const END_LIMIT = 5_000;

/** What a server is started with: a directory, a port, and processes that end when it is stopped. */
export class Machine {
  /** Where its certificate and key are (certificate.mjs), when it shall serve https. */
  tls = undefined;
  #children = [];
  #stopping = false;
  #onDeath = () => undefined;

  constructor(directory, port) {
    this.directory = directory;
    this.port = port;
    mkdirSync(directory, { recursive: true });
  }

  get url() {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Those that run, by name, in the order in which they began. */
  get processes() {
    return this.#children
      .filter(({ child }) => isAlive(child))
      .map(({ name, child }) => ({ name, pid: child.pid }));
  }

  /** Whether one of them has ended. */
  get isBroken() {
    return this.#children.some(({ child }) => !isAlive(child));
  }

  /** Calls `listener` with the name and the last words of each process that ends, or has ended, before the machine stops. */
  onDeath(listener) {
    this.#onDeath = listener;
    for (const { name, child, log } of this.#children) if (!isAlive(child)) listener(name, tail(log));
  }

  /** A folder of its own. */
  folder(...names) {
    const path = join(this.directory, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Starts a process that runs until the machine stops; what it says goes to a log. */
  spawn(name, command, args, env = {}) {
    const path = join(this.directory, `${name}.log`);
    const log = openSync(path, 'a');
    const [first, ...rest] = [...dyingWithUs, command, ...args];
    const child = spawn(first, rest, {
      cwd: this.directory,
      env: { ...this.#environment(), ...env },
      stdio: ['ignore', log, log],
      // A group of its own: what it starts ends with it.
      detached: true,
    });
    closeSync(log);
    const entry = { name, child, log: path, problem: undefined };
    child.once('error', (error) => (entry.problem = error.message));
    child.once('exit', () => {
      if (!this.#stopping) this.#onDeath(name, tail(path));
    });
    this.#children.push(entry);
  }

  /** Runs a command to its end and gives what it said. */
  async run(command, args, env = {}) {
    try {
      return await new Promise((resolve, reject) => {
        execFile(
          command,
          args,
          { cwd: this.directory, env: { ...this.#environment(), ...env }, timeout: START_LIMIT },
          (error, stdout, stderr) =>
            error
              ? reject(new Error(`${command} ${args[0] ?? ''}: ${stderr || stdout || error.message}`))
              : resolve(stdout),
        );
      });
    } catch (error) {
      throw new Error(`${error.message}${this.#complaints()}`, { cause: error });
    }
  }

  /** Waits until `check` answers true. Fails when a process ends meanwhile, or after a minute. */
  async until(what, check) {
    const end = performance.now() + START_LIMIT;
    for (;;) {
      const answered = await check().catch(() => false);
      // Before the answer counts: another program may have given it, on a port that it took.
      const dead = this.#children.find(({ child }) => !isAlive(child));
      if (dead) throw new Error(`${dead.name} ended before ${what}: ${dead.problem ?? tail(dead.log)}`);
      if (answered) return;
      if (performance.now() > end)
        throw new Error(`No ${what} within ${START_LIMIT} ms${this.#complaints()}`);
      await sleep(20);
    }
  }

  /** Waits until `path` answers with a status that `wanted` takes. Default: 200 to 299. */
  async serving(path, wanted = (status) => status >= 200 && status < 300) {
    await this.until(`answer on ${this.url}${path}`, async () => wanted(await get(this.url + path)));
  }

  /** Ends the processes, the youngest first. */
  async stop() {
    this.#stopping = true;
    for (const { child } of this.#children.toReversed()) {
      signal(child, 'SIGKILL');
      for (let waited = 0; isAlive(child) && waited < END_LIMIT; waited += 5) await sleep(5);
    }
  }

  #environment() {
    const { PATH, LANG } = process.env;
    return {
      PATH: `${PATH}:/usr/sbin:/sbin`,
      LANG: LANG ?? 'C.UTF-8',
      HOME: this.directory,
      TMPDIR: this.folder('tmp'),
    };
  }

  #complaints() {
    return this.#children.map(({ name, log }) => `\n--- ${name}\n${tail(log)}`).join('');
  }
}

const isAlive = ({ pid, exitCode, signalCode }) =>
  pid !== undefined && exitCode === null && signalCode === null;

function signal(child, name) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // It has ended.
  }
}

function tail(path) {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  } catch {
    return '';
  }
}

/** The status of an answer. The certificate is our own: it is not checked here. */
function get(url) {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, rejectUnauthorized: false, timeout: 2_000 }, (answer) => {
      answer.resume().once('error', () => undefined);
      resolve(answer.statusCode);
    });
    sent
      .once('timeout', () => sent.destroy(new Error('timeout')))
      .once('error', reject)
      .end();
  });
}
