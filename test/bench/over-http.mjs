import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuOf, peakOf, rate } from './measure.mjs';
import { sendForm, sendTus } from './send-form.mjs';
import { start } from './small-servers.mjs';

const MiB = 1 << 20;
const script = fileURLToPath(new URL('over-http-server.mjs', import.meta.url));
const clients = ['express', 'fastify'];
const resumable = clients.map((name) => `tus-${name}`);
const least = (ratio) => ({ express: ratio, fastify: ratio });

/** Works on local disk: a form beside a bare body, a download beside `res.sendFile` of Express. */
const works = {
  'upload 128 MiB': { unit: 'MiB', clients: ['bare', ...clients, ...resumable], target: least(0.7) },
  'download 128 MiB': { size: 128 * MiB, count: 12, warm: 2 },
  'download 1 MiB': { size: MiB, count: 1500, warm: 300, atOnce: 4 },
  'download 1 KiB': {
    size: 1024,
    count: 20_000,
    warm: 4000,
    atOnce: 16,
    floor: ['nest-express', 'nest-fastify'],
  },
  'range of 1 MiB': { size: 128 * MiB, range: MiB, count: 1500, warm: 300, atOnce: 4 },
};
const onServer = {
  'upload 128 MiB': works['upload 128 MiB'],
  '50 uploads of 100 MiB at once': { unit: 'MiB', clients },
};

/** What StorageHttpModule costs, on both adapters. The processes of the servers are what is told. */
export const overHttp = {
  async prepare({ server = 'null' }) {
    const [stage] = await start(server === 'all' ? 'null' : server, []);
    return {
      cases: [
        ...Object.entries(works).map(([work, one]) => caseOf(work, one)),
        ...Object.entries(onServer).map(([work, one]) => caseOf(`${work} to ${stage.name}`, on(stage, one))),
      ],
      environment: {
        BENCH_ENDPOINT: stage.endpoint,
        BENCH_KEY: stage.credentials.accessKeyId,
        BENCH_SECRET: stage.credentials.secretAccessKey,
        BENCH_PROFILE: stage.name === 'null' ? 'aws' : stage.name,
      },
      stop: stage.stop,
    };
  },

  async run(work, client, place) {
    const toServer = / to \w+$/.test(work);
    const name = work.replace(/ to \w+$/, '');
    const flags = name.startsWith('50') ? ['--max-old-space-size=256'] : [];
    const download = works[name]?.size !== undefined ? works[name] : undefined;
    if (download) await fill(place, download.size);
    const child = fork(script, [client, place, toServer ? process.env.BENCH_ENDPOINT : ''], {
      execArgv: flags,
    });
    try {
      const [{ port }] = await once(child, 'message');
      const result = download
        ? await downloads(download, port, child.pid)
        : await uploads(name, client, port, child.pid);
      return { ...result, rssMiB: peakOf(child.pid) };
    } finally {
      child.kill();
    }
  },
};

/** The null server keeps nothing, and a tus upload is what is kept of it. */
function on({ name }, one) {
  return name === 'null'
    ? { ...one, clients: one.clients.filter((client) => !resumable.includes(client)) }
    : one;
}

/** `floor`: what Nest takes for itself, so that the figures beside it explain themselves. */
function caseOf(work, { unit, clients: own, target, size, range, floor = [] }) {
  if (own) return { work, unit, clients: own, ...(target && { target }) };
  const isSmall = Math.min(size, range ?? size) < MiB;
  return {
    work,
    unit: isSmall ? 'ops' : 'MiB',
    clients: ['sendFile', ...clients, ...floor],
    target: least(0.9),
  };
}

async function fill(place, size) {
  mkdirSync(join(place, 'root'));
  writeFileSync(join(place, 'root', 'a.mp3'), Buffer.alloc(size, 'stowage '));
}

async function uploads(work, client, port, pid) {
  const many = work.startsWith('50');
  const mib = many ? 100 : 128;
  let errors = 0;
  const one = () =>
    (client.startsWith('tus-') ? sendTus(port, mib) : sendForm(port, mib, { bare: client === 'bare' })).catch(
      (error) => (errors++, console.error(String(error))),
    );
  if (!many) await one();
  const before = cpuOf(pid);
  const started = performance.now();
  if (many) await Promise.all(Array.from({ length: 50 }, one));
  else for (let i = 0; i < 4; i++) await one();
  const seconds = (performance.now() - started) / 1000;
  return { ...rate({ seconds, cpuMicros: cpuOf(pid) - before, count: many ? 50 : 4, mib }), errors };
}

async function downloads({ size, range, count, warm, atOnce = 1 }, port, pid) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  const length = range ?? size;
  let at = 0;
  const one = async () => {
    const first = range === undefined ? 0 : (at++ % 100) * MiB;
    const headers = range === undefined ? {} : { range: `bytes=${first}-${first + range - 1}` };
    const request = http.get({ agent, host: '127.0.0.1', port, path: '/api/audio/objects/a.mp3', headers });
    const [response] = await once(request, 'response');
    let bytes = 0;
    response.on('data', (chunk) => (bytes += chunk.length));
    await once(response, 'end');
    if (bytes !== length) throw new Error(`${response.statusCode}: ${bytes} bytes`);
  };
  const all = async (times) => {
    let left = times;
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (left-- > 0) await one();
      }),
    );
  };
  await all(warm);
  const before = cpuOf(pid);
  const started = performance.now();
  await all(count);
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return rate({
    ...{ seconds, cpuMicros: cpuOf(pid) - before, count },
    ...(length >= MiB && { mib: length / MiB }),
  });
}
