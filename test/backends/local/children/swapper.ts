import { renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { child, say } from './child.js';

interface Config {
  readonly root: string;
  readonly outside: string;
}

/** Puts a link to `outside` in the place of the directory `d`, and takes it away again, until it is told to stop. */
await child<Config>(async ({ root, outside }) => {
  const [path, away] = [join(root, 'd'), join(root, 'away')];
  let stopped = false;
  process.once('message', () => (stopped = true));
  say('ready');
  let swaps = 0;
  while (!stopped) {
    try {
      renameSync(path, away);
      symlinkSync(outside, path);
      await setImmediate();
      unlinkSync(path);
      renameSync(away, path);
      swaps++;
    } catch {
      // The other one has removed the directory, empty, or made it anew.
      tidy(path, away);
    }
    await setImmediate();
  }
  return { swaps };
});

function tidy(path: string, away: string): void {
  for (const step of [
    () => unlinkSync(path),
    () => renameSync(away, path),
    () => rmSync(away, { recursive: true, force: true }),
  ]) {
    try {
      step();
    } catch {
      // It is in order already.
    }
  }
}
