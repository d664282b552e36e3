// Runs one server and ends with whoever started it: `node keeper.mjs DIRECTORY JSON`. Started by start-server.mjs.
//
// On stdout it says in a line of JSON what the server is, or that it could not be started; later, that it has died.
// It stops the server, removes the directory and ends when its stdin closes, which the kernel does even when the
// process at the other end is killed, or at SIGTERM. Should it be killed itself, the kernel ends the server
// (setpriv(1), Linux), and the directory goes when a server is started the next time.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificate } from './certificate.mjs';
import { freePort } from './free-port.mjs';
import { Machine } from './machine.mjs';
import * as cephRgw from './kinds/ceph-rgw.mjs';
import * as clamd from './kinds/clamd.mjs';
import * as minio from './kinds/minio.mjs';
import * as moto from './kinds/moto.mjs';
import * as redis from './kinds/redis.mjs';
import * as versitygw from './kinds/versitygw.mjs';

const kinds = { versitygw, minio, 'ceph-rgw': cephRgw, moto, clamd, redis };
const [, , directory, settings] = process.argv;
const { name, tls, port, watch } = JSON.parse(settings);

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

/** Starts the server on a free port. Another program may take that port before it does: then on another one. */
async function start() {
  for (let tries = 1; ; tries += 1) {
    machine = new Machine(join(directory, String(tries)), port ?? (await freePort()), (process, log) => {
      if (!ending) say({ died: process, log });
    });
    try {
      if (tls) machine.tls = await makeCertificate(machine.directory);
      return { endpoint: machine.url, ...(await kinds[name].start(machine)) };
    } catch (error) {
      await machine.stop();
      if (ending || tries === 3 || port || !/(already )?in use/i.test(error.message)) throw error;
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
} catch (error) {
  say({ failed: error.message });
  end();
}
