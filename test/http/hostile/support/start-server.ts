import { fork } from 'node:child_process';
import { join } from 'node:path';
import { within } from '../../../support/within.js';
import type { HostileServerConfig, HostileStart, HostileState } from '../children/config.js';

/** The application, in a process of its own. */
export interface HostileServer {
  readonly pid: number;
  readonly port: number;
  readonly routes: readonly string[];
  readonly state: () => Promise<HostileState>;
  readonly assertAlive: () => void;
  readonly stop: () => Promise<void>;
}

type Said = HostileStart | HostileState;

/** @param folder Where the scripts are compiled. */
export async function startServer(folder: string, config: HostileServerConfig): Promise<HostileServer> {
  const child = fork(join(folder, 'test/http/hostile/children/server.js'), [JSON.stringify(config)], {
    execArgv: ['--expose-gc', '--enable-source-maps', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, NODE_ENV: 'test' },
  });
  let complaint = '';
  let asked = 0;
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const assertAlive = (): void => {
    if (child.exitCode === null && child.signalCode === null) return;
    throw new Error(`The server has ended with ${child.exitCode ?? child.signalCode}: ${complaint}`);
  };
  const heard = <T extends Said>(wanted: (message: Said) => message is T): Promise<T> => {
    const word = new Promise<T>((resolve, reject) => {
      const look = (message: Said): void => {
        if (!wanted(message)) return;
        child.off('message', look);
        resolve(message);
      };
      child.on('message', look);
      void ended.then(() => reject(new Error(`The server has ended: ${complaint}`)));
    });
    return within(word, 'word from the server', 60_000);
  };
  const { port, routes } = await heard((message): message is HostileStart => message.said === 'start');
  return {
    pid: child.pid ?? -1,
    port,
    routes,
    assertAlive,
    state() {
      const id = ++asked;
      child.send(id);
      return heard((message): message is HostileState => message.said === 'state' && message.id === id);
    },
    async stop() {
      if (child.connected) child.disconnect();
      await within(ended, 'the end of the server', 20_000);
    },
  };
}
