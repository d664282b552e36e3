import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { disk } from '../../../../src/backends/local/disk.js';
import { openRoot } from '../../../../src/backends/local/root.js';
import { child, say } from './child.js';

interface Config {
  readonly root: string;
  /** The file that only the holder of the lock has made. */
  readonly held: string;
  readonly hash: string;
  readonly rounds: number;
  /** How often a holder kills itself, from 0 to 1. */
  readonly deaths: number;
}

/** @throws Error when somebody who lives holds the lock, too. */
function enter(held: string): void {
  for (;;) {
    try {
      const fd = openSync(held, 'wx');
      writeSync(fd, String(process.pid));
      return closeSync(fd);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(readFileSync(held, 'utf8'));
    if (holder > 0 && isRunning(holder)) throw new Error(`${process.pid} holds it as well as ${holder}`);
    // It died with the lock; we alone have taken it over.
    rmSync(held);
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

await child<Config>(async ({ root, held, hash, rounds, deaths }) => {
  const options = { root, durable: false, directoryMode: 0o700, leaseMs: 30_000, lockTimeoutMs: 30_000 };
  const { locks, owner, owners, directories } = await openRoot(disk, options);
  let takenOver = 0;
  for (let round = 0; round < rounds; round++) {
    await locks.run(hash, undefined, async (lock) => {
      if (lock.takenOver) {
        takenOver++;
        say('taken over');
      }
      enter(held);
      await sleep(Math.random() * 2);
      if (Math.random() < deaths) process.kill(process.pid, 'SIGKILL');
      rmSync(held);
      if (!lock.takenOver && Math.random() < 0.2) await locks.tidy(hash, lock.owner);
    });
    if (Math.random() < 0.1) await owners.sweep(await owner.current());
    await sleep(Math.random() * 2);
  }
  await owner.close();
  await directories.close();
  return { takenOver };
});
