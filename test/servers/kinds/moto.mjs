import { join } from 'node:path';
import { catalogue } from '../catalogue.mjs';
import { keys } from '../keys.mjs';

/** moto, a mock in memory: it checks no signature, and keeps no promise about durability or races. */
export async function start(machine) {
  const { tls, port } = machine;
  machine.spawn('moto', join(catalogue.moto.path, 'bin', 'python3'), [
    ...['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    ...(tls ? ['--ssl', '--ssl-cert', tls.certificate, '--ssl-key', tls.key] : []),
  ]);
  await machine.serving('/moto-api/');
  return { ...keys };
}
