import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from '@jest/globals';
import { sleep } from '../../support/within.js';
import type { RunningServer } from '../start-server.mjs';

/** What a server was, as far as it can leave something behind. */
export type Remains = Pick<RunningServer, 'processes' | 'endpoint' | 'directory'>;

/** That its processes have ended, nothing listens on its port and its directory is gone: now, or within `ms`. */
export async function expectNothingLeft(server: Remains, ms = 0): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end && (await leftovers(server)).length > 0) await sleep(50);
  expect(await leftovers(server)).toEqual([]);
}

/** What is left of it. */
export async function leftovers({ processes, endpoint, directory }: Remains): Promise<string[]> {
  return [
    ...processes.filter(({ pid }) => isAlive(pid)).map(({ name }) => `process ${name}`),
    ...((await isOpen(Number(new URL(endpoint).port))) ? ['port'] : []),
    ...(existsSync(directory) ? ['directory'] : []),
  ];
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
