import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuOf, peakOf, rate } from './measure.mjs';
import { portOf } from './port-of.mjs';
import { sendForm } from './send-form.mjs';

const here = fileURLToPath(import.meta.url);

/** Uploads to a server in a process of its own, whose CPU and memory are what is told. */
export async function uploads(work, client, place) {
  const many = work.startsWith('50');
  const mib = many ? 100 : 128;
  const bare = client === 'request.pipe';
  const server = await start(client, place, many ? ['--max-old-space-size=256'] : []);
  try {
    let errors = 0;
    const one = () =>
      sendForm(server.port, mib, { bare }).catch((error) => (errors++, console.error(String(error))));
    if (!many) await one();
    const before = cpuOf(server.pid);
    const started = performance.now();
    if (many) await Promise.all(Array.from({ length: 50 }, one));
    else for (let i = 0; i < 3; i++) await one();
    const seconds = (performance.now() - started) / 1000;
    const result = rate({ seconds, cpuMicros: cpuOf(server.pid) - before, count: many ? 50 : 3, mib });
    return { ...result, rssMiB: peakOf(server.pid), errors };
  } finally {
    server.stop();
  }
}

async function start(client, place, flags) {
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: '0',
    STORAGE_PROVIDER: 'local',
    STORAGE_LOCAL_ROOT: place,
    STORAGE_DURABILITY: 'rename',
  };
  if (client === 'request.pipe') {
    const child = fork(here, ['server', place], { execArgv: flags, env });
    const [{ port }] = await once(child, 'message');
    return { pid: child.pid, port, stop: () => child.kill() };
  }
  const child = spawn(process.execPath, [...flags, 'dist/app/main.js'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { pid: child.pid, port: await portOf(child), stop: () => child.kill() };
}

if (process.argv[2] === 'server' && process.argv[1] === here) {
  let count = 0;
  const server = http.createServer((request, response) => {
    const file = request.pipe(createWriteStream(join(process.argv[3], `${count++}`)));
    file.once('close', () => response.writeHead(201).end());
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
}
