import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalBackend } from '../../../../src/backends/local/backend.js';
import { child } from './child.js';

interface Config {
  readonly root: string;
  readonly gets: number;
  readonly unreadTimeoutMs: number;
  readonly collect: boolean;
}

const openIn = (root: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === `${root}/big`;
    } catch {
      return false;
    }
  }).length;

/** Gets bodies that it neither reads nor destroys, straight from the backend, and counts what stays open. */
await child<Config>(async ({ root, gets, unreadTimeoutMs, collect }) => {
  const backend = new LocalBackend({ root, durability: 'rename', unreadTimeoutMs });
  await backend.put('big', Buffer.alloc(300_000), { contentType: 'x/y' });
  let most = 0;
  for (let i = 0; i < gets; i++) {
    await backend.get('big', {});
    most = Math.max(most, openIn(root));
    if (collect && i % 100 === 0) globalThis.gc?.();
    if (i % 50 === 0) await sleep(1);
  }
  for (let i = 0; i < 500 && openIn(root) > 0; i++) {
    if (collect) globalThis.gc?.();
    await sleep(20);
  }
  const left = openIn(root);
  await backend.close();
  return { most, left };
});
