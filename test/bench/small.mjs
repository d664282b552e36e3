import { randomBytes } from 'node:crypto';
import { clients } from './small-clients.mjs';
import { measureFor } from './small-measure.mjs';
import { showSmall, summarizeSmall } from './small-report.mjs';
import { start } from './small-servers.mjs';

const KIB = { unit: 'ops', warm: 4000, warmMs: 500, ms: 1000 };
const MIB = { unit: 'MiB', warm: 1000, warmMs: 500, ms: 1600, mib: 1 };
const names = ['raw', 'nestjs-stowage', 'aws-sdk', 'minio', 'flydrive', 'flystorage'];

/**
 * `raw` and `sdk`: the least speed beside that of `raw` and of the SDK; `sdkMain`: the most time of the main thread
 * beside that of the SDK. `real`: whether it is measured on a real server, too.
 */
const works = {
  'put-1KiB': { ...KIB, real: true, target: { raw: 0.65, sdk: 8 }, once: put(1024, 'put') },
  'get-1KiB': { ...KIB, real: true, target: { raw: 0.75, sdk: 8 }, once: get },
  'put-1MiB': {
    ...MIB,
    real: true,
    target: { raw: 0.95, sdk: 3 },
    also: ['aws-sdk unsigned'],
    once: put(1 << 20, 'putChecked'),
  },
  'put-1MiB-signed': { ...MIB, signed: true, once: put(1 << 20, 'putChecked') },
  'presign-get': { unit: 'ops', warm: 4000, warmMs: 600, ms: 600, target: { sdk: 25 }, once: presign },
  'list-1000': {
    unit: 'pages',
    warm: 100,
    warmMs: 500,
    ms: 1000,
    target: { sdkMain: 0.25 },
    once: list,
  },
};

/** S3Backend beside other clients, with small objects, 16 at once, against servers on this machine. */
export const small = {
  async prepare({ server = 'all' }) {
    const running = await start(server);
    return {
      environment: {
        STOWAGE_BENCH_SERVERS: JSON.stringify(running),
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
      cases: Object.entries(works).flatMap(([name, { unit, also = [], target, real }]) =>
        running
          .filter((one) => one.name === 'null' || real)
          .map((one) => ({
            // The name of the work alone is that on the null server, which the targets are for.
            work: one.name === 'null' ? name : `${name}@${one.name}`,
            server: one.name,
            unit,
            clients: [...names, ...also],
            ...(one.name === 'null' && { target }),
          })),
      ),
      stop: () => Promise.all(running.map((one) => one.stop())),
    };
  },
  async run(work, client) {
    const [name, at = 'null'] = work.split('@');
    const servers = JSON.parse(process.env.STOWAGE_BENCH_SERVERS);
    const { once, ...how } = works[name];
    const made = await clients[client](
      servers.find((server) => server.name === at),
      how.signed ?? false,
    );
    return measureFor({ ...how, once: await once(made) });
  },
  summarize: summarizeSmall,
  show: showSmall,
};

function put(size, method) {
  const bytes = randomBytes(size);
  return (client) => {
    const send = client[method] ?? client.put;
    return (i) => send(`put/object-${i % 1000}`, bytes);
  };
}

function get(client) {
  return async () => {
    const { length } = await client.get('get/object-1024');
    if (length !== 1024) throw new Error(`${length} bytes`);
  };
}

function list(client) {
  return async () => {
    const length = await client.list('list/');
    if (length !== 1000) throw new Error(`${length} objects`);
  };
}

async function presign(client) {
  const url = String(await client.presign('get/object-1024'));
  const { status } = await fetch(url);
  if (status !== 200) throw new Error(`${url} answers ${status}`);
  return (i) => client.presign(`presign/object-${i}`);
}
