// Servers that stand until somebody stops them, at most one of each name: those of `npm run servers -- up`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDirectory } from './catalogue.mjs';
import { exclusively } from './exclusively.mjs';
import { isKeeper, launch } from './start-server.mjs';

/** As their users know them. */
const PORTS = { versitygw: 7070, minio: 9000, 'ceph-rgw': 7480, moto: 5000, clamd: 3310, redis: 6379 };

const folder = join(cacheDirectory, 'up');
const record = (name) => join(folder, `${name}.json`);

/** The server `name` that is up, or `undefined`. */
export function find(name) {
  try {
    const server = JSON.parse(readFileSync(record(name), 'utf8'));
    return isKeeper(server.processes[0].pid, server.directory) ? server : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts the server `name` unless it is up as it should be: on `port`, where one is given. It outlives this process, but not the machine.
 */
export async function up(name, { tls, port }) {
  return exclusively(
    `up:${name}`,
    () => undefined,
    async () => {
      const present = find(name);
      const isMeant = port === undefined || portOf(present) === port;
      if (present && isMeant && tls === Boolean(present.caFile)) return present;
      if (present)
        throw new Error(
          `${name} is up at ${present.endpoint}: stop it first, by "npm run servers -- down ${name}"`,
        );
      const { child, server } = await launch(name, { tls, port: port ?? PORTS[name], watch: false });
      mkdirSync(folder, { recursive: true });
      writeFileSync(record(name), JSON.stringify(server), { mode: 0o600 });
      child.stdout.destroy();
      return server;
    },
  );
}

/** Stops the server `name` and removes what it kept. Whether it was up. */
export async function down(name) {
  const server = find(name);
  if (!server) return false;
  const [{ pid }] = server.processes;
  process.kill(pid, 'SIGTERM');
  while (isKeeper(pid, server.directory)) await sleep(20);
  rmSync(record(name), { force: true });
  return true;
}

/** Not by URL, which leaves out 80 and 443. */
const portOf = (server) => Number(/:(\d+)\/?$/.exec(server?.endpoint ?? '')?.[1]);
