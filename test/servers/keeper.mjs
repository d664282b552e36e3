// Runs one server and ends with whoever started it: `node keeper.mjs DIRECTORY JSON`. Started by start-server.mjs.
//
// On stdout it says in a line of JSON what the server is, or that it could not be started; later, that it has died.
// It stops the server, removes the directory and ends when its stdin closes, which the kernel does even when the
// process at the other end is killed, or at SIGTERM. Should it be killed itself, the kernel ends the server
// (setpriv(1), Linux), and the directory goes when a server is started the next time.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificate } from './certificate.mjs';
import { freePort, isFree } from './free-port.mjs';
import { Machine } from './machine.mjs';
import * as cephRgw from './kinds/ceph-rgw.mjs';
import * as clamd from './kinds/clamd.mjs';
import * as minio from './kinds/minio.mjs';
import * as moto from './kinds/moto.mjs';
import * as redis from './kinds/redis.mjs';
import * as versitygw from './kinds/versitygw.mjs';

const kinds = { versitygw, minio, 'ceph-rgw': cephRgw, moto, clamd, redis };
const [, , directory, settings] = process.argv;
const { name, tls, port, firstPort, watch } = JSON.parse(settings);

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
process.stdout.on('error', () => undefined);

let machine;
let ending;
function end() {
  ending ??= (async () => {
    await machine?.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  })();
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error) => {
    say({ failed: String(error?.stack ?? error) });
    end();
  });
}
if (watch) process.stdin.on('end', end).on('error', end).resume();

/**
 * Starts the server on a free port. Another program may take that port before it does: then it ends, and is started on
 * another one. When it still ends, the error says so.
 */
async function start() {
  // Else the other program's answers would be taken for the server's.
  if (port && !(await isFree(port))) throw new Error(`port ${port} of 127.0.0.1 is in use`);
  for (let tries = 1; ; tries += 1) {
    const chosen = port ?? (tries === 1 && firstPort ? firstPort : await freePort());
    machine = new Machine(join(directory, String(tries)), chosen);
    try {
      if (tls) machine.tls = await makeCertificate(machine.directory);
      return { endpoint: machine.url, ...(await kinds[name].start(machine)) };
    } catch (error) {
      const again = machine.isBroken && tries < 3 && !port && !ending;
      await machine.stop();
      if (!again) throw error;
    }
  }
}

try {
  const server = await start();
  say({
    server: {
      name,
      region: 'us-east-1',
      ...server,
      ...(tls && { caFile: machine.tls.certificate }),
      processes: [{ name: 'keeper', pid: process.pid }, ...machine.processes],
      directory,
    },
  });
  machine.onDeath((process, log) => {
    if (!ending) say({ died: process, log });
  });
} catch (error) {
  say({ failed: error.message });
  end();
}
