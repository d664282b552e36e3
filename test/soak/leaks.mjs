import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What this process holds open: descriptors, and what keeps its event loop alive, by kind. */
export function held() {
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  return { descriptors, sockets: resources['TCPSocketWrap'] ?? 0, timers: resources['Timeout'] ?? 0 };
}

/** What is held beyond `before`, once it had 10 seconds to go. */
export async function leaked(before) {
  let left;
  for (let i = 0; i < 100; i++) {
    const now = held();
    left = Object.fromEntries(
      Object.entries(now).map(([name, count]) => [name, Math.max(0, count - before[name])]),
    );
    // The sleep is a timer itself.
    if (left.descriptors === 0 && left.sockets === 0 && left.timers <= 0) return left;
    await sleep(100);
  }
  return left;
}
