import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../servers/certificate.mjs';
import { clients } from './large-clients.mjs';
import { showLarge, summarizeLarge } from './large-report.mjs';
import { fileOf, source } from './large-sources.mjs';
import { tlsConnections } from './large-tls.mjs';
import { uploadsOverHttp } from './large-uploads.mjs';
import { measure } from './measure.mjs';
import { start } from './small-servers.mjs';

const MiB = 1 << 20;
const peers = ['aws-sdk', 'minio', 'flydrive', 'flystorage'];

/**
 * `rawCpu`, `libCpu`: the most CPU beside that of `raw` and of lib-storage; `sdkTime`: the most seconds beside the SDK;
 * `rss`: the most memory, in MiB; `connections`: how many there are. `real`: whether it is measured on a real server, too.
 * `bare`: in a process without Nest, whose heap is memory as well.
 */
const works = {
  'upload-stream': {
    clients: ['raw', 'nestjs-stowage', 'lib-storage', ...peers],
    real: true,
    target: { rawCpu: 1.6, libCpu: 0.35 },
    run: many(3, 128, (client, { mib }) =>
      client.putStream(`put/stream-${mib * MiB}`, source(mib), mib * MiB),
    ),
  },
  'upload-file': {
    clients: ['raw', 'nestjs-stowage', 'lib-storage', ...peers],
    real: true,
    target: { rawCpu: 1.5, libCpu: 0.2 },
    run: many(3, 128, (client, { mib, directory }) =>
      client.putFile(`put/file-${mib * MiB}`, fileOf(directory, mib), mib * MiB),
    ),
  },
  'upload-stream-1GiB': {
    clients: ['raw', 'nestjs-stowage', 'lib-storage'],
    bare: true,
    target: { rss: 120 },
    run: many(
      1,
      1024,
      (client, { mib }) => client.putStream(`put/stream-${mib * MiB}`, source(mib), mib * MiB),
      0,
    ),
  },
  'download-file': {
    clients: ['raw', 'nestjs-stowage', ...peers],
    real: true,
    target: { rawCpu: 1.25 },
    run: many(3, 128, (client, { mib, place }) => client.getFile(`get/object-${mib * MiB}`, `${place}/got`)),
  },
  'round-trip-10MiB': {
    clients: ['aws-sdk', 'nestjs-stowage'],
    real: true,
    target: { sdkTime: 0.7 },
    run: many(20, 20, async (client) => {
      await client.putBytes(`put/bytes-${10 * MiB}`, tenMiB());
      const { length } = await client.getBytes(`get/object-${10 * MiB}`);
      if (length !== 10 * MiB) throw new Error(`${length} bytes`);
    }),
  },
  'tls-connections': {
    unit: 'connections',
    clients: ['nestjs-stowage', 'lib-storage'],
    target: { connections: 4 },
    run: (_, client) => tlsConnections(client),
  },
  'uploads-50x100MiB': {
    clients: ['nestjs-stowage'],
    real: true,
    target: { rss: 650, errors: 0 },
    run: (server) => uploadsOverHttp(server),
  },
};

let bytes;
const tenMiB = () => (bytes ??= Buffer.alloc(10 * MiB, 'stowage '));

/** `count` calls in a row of `once`, which moves `mib`. */
function many(count, mib, once, warm = 1) {
  return async (server, client, directory, place) => {
    const made = await clients[client](server);
    return measure({ count, warm, mib, once: () => once(made, { mib, directory, place }) });
  };
}

/** S3Backend beside other clients with large objects, one at a time, against servers on this machine. */
export const large = {
  bare: (work) => works[work.split('@')[0]].bare ?? false,
  async prepare({ server = 'all' }) {
    const running = await start(server, [1024, 10 * MiB, 128 * MiB]);
    const directory = await mkdtemp(join(tmpdir(), 'stowage-bench-tls-'));
    const { certificate, key } = await makeCertificate(directory);
    return {
      environment: {
        STOWAGE_BENCH_SERVERS: JSON.stringify(running),
        STOWAGE_BENCH_TLS: JSON.stringify({ certificate, key }),
        // Read by Node when it starts, so that clients that make agents of their own trust it, too.
        NODE_EXTRA_CA_CERTS: certificate,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
      cases: Object.entries(works).flatMap(([name, { clients: all, target, real, unit = 'MiB' }]) =>
        running
          .filter((one) => one.name === 'null' || real)
          .map((one) => ({
            // The name of the work alone is that on the null server, which the targets are for.
            work: one.name === 'null' ? name : `${name}@${one.name}`,
            server: one.name,
            unit,
            clients: all,
            ...(one.name === 'null' && { target }),
          })),
      ),
      async stop() {
        await Promise.all(running.map((one) => one.stop()));
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
  async run(work, client, place, directory) {
    const [name, at = 'null'] = work.split('@');
    const server = JSON.parse(process.env.STOWAGE_BENCH_SERVERS).find((one) => one.name === at);
    return works[name].run(server, client, directory, place);
  },
  summarize: summarizeLarge,
  show: showLarge,
};
