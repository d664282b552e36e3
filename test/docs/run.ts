import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** What it wrote to both. */
  readonly output: string;
}

/** A program that runs. */
export interface Running {
  /** Resolves with the first match of `pattern` in its standard output. Rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
  stop(): Promise<Ended>;
}

/** Runs a program in `cwd`, at most `ms` milliseconds, with the variables `env` and nothing else of this process's. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env = {}, ms = 60_000 }: { cwd: string; env?: Readonly<Record<string, string>>; ms?: number },
): Running {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let output = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
    listeners.forEach((listen) => listen());
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const timer = setTimeout(() => {
    output += `\n${command} had not ended after ${ms} ms\n`;
    child.kill('SIGKILL');
  }, ms);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, output });
    });
  });
  return {
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(stdout);
          if (found) resolve(found);
        };
        listeners.add(look);
        look();
        ended.then(() => reject(new Error(`It ended and never said ${pattern}:\n${output}`)), reject);
      }),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
