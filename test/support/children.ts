import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { bundleScripts } from './bundled.js';
import { compile, type Compiled } from './compiled.js';
import { within } from './within.js';

/** A process that runs a script of its own. */
export interface Child {
  readonly pid: number;
  /** Everything that it has said so far. */
  readonly said: readonly unknown[];
  /** The first thing that it says which `wanted` takes. */
  heard<T>(wanted: (message: unknown) => message is T, ms?: number): Promise<T>;
  /** Its last words; fails when it ends otherwise than by itself and without an error. */
  done<T>(ms?: number): Promise<T>;
  /** Its exit code, or the signal that ended it. */
  ended(ms?: number): Promise<number | NodeJS.Signals>;
  say(message: unknown): void;
  signal(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  readonly execArgv?: readonly string[];
  /** A command that runs node, with its arguments: `unshare --pid --fork`. */
  readonly wrapper?: readonly string[];
}

export type StartChild = (script: string, config: object, options?: StartOptions) => Child;

export interface ChildrenOptions {
  /** Whether each script becomes one file with all of its packages, for one that imports Nest and is started often. Default: false. */
  readonly bundled?: boolean;
}

/**
 * Children for the specs of one file; those that a test leaves running are killed after it.
 * @param scripts The folder of their scripts, from the project's root.
 * @param sources What they import, as folders.
 */
export function useChildren(
  scripts: string,
  sources: readonly string[],
  { bundled = false }: ChildrenOptions = {},
): StartChild {
  let compiled: Compiled | undefined;
  let folder = '';
  let running: ChildProcess[] = [];
  beforeAll(async () => {
    compiled = compile([scripts, ...sources]);
    folder = bundled ? await bundleScripts(compiled.folder, scripts) : join(compiled.folder, scripts);
  }, 90_000);
  afterEach(() => {
    for (const child of running)
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    running = [];
  });
  afterAll(() => compiled?.remove());
  return (script, config, options = {}) => {
    const path = join(folder, `${script}.js`);
    const child = launch(path, config, options);
    running.push(child);
    return watch(script, child);
  };
}

function launch(path: string, config: object, { execArgv = [], wrapper = [] }: StartOptions): ChildProcess {
  const [execPath, ...before] = [...wrapper, process.execPath];
  return fork(path, [JSON.stringify(config)], {
    execPath,
    execArgv: [...before, '--disable-warning=ExperimentalWarning', ...execArgv],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    // What jest has set is not for a plain process.
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
  });
}

function watch(script: string, child: ChildProcess): Child {
  const said: unknown[] = [];
  let complaint = '';
  child.on('message', (message) => said.push(message));
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const closed = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1));
    child.once('error', reject);
  });
  closed.catch(() => undefined);
  const ended = (ms = 60_000) => within(closed, `the child ${script}`, ms);
  return {
    pid: child.pid ?? -1,
    said,
    ended,
    async done<T>(ms?: number) {
      const code = await ended(ms);
      if (code !== 0) throw new Error(`The child ${script} ended with ${code}: ${complaint}`);
      return said.at(-1) as T;
    },
    heard: <T>(wanted: (message: unknown) => message is T, ms = 20_000) =>
      within(
        new Promise<T>((resolve, reject) => {
          const look = () => {
            const found = said.find((message) => wanted(message));
            if (found !== undefined) resolve(found);
          };
          child.on('message', look);
          closed.then(
            () => reject(new Error(`The child ${script} ended before it said it: ${complaint}`)),
            reject,
          );
          look();
        }),
        `word from the child ${script}`,
        ms,
      ),
    say: (message) => void child.send(message as object),
    signal: (signal) => void child.kill(signal),
  };
}

/** Whether a child said just `word`. */
export const word =
  <T extends string>(expected: T) =>
  (message: unknown): message is T =>
    message === expected;
