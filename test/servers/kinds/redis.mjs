import { connect } from 'node:net';
import { catalogue, executableOf } from '../catalogue.mjs';
import { librariesIn } from '../libraries.mjs';

const { path } = catalogue.redis;

/** Redis in memory alone: it reads no file and writes none. */
export async function start(machine) {
  const settings = {
    bind: '127.0.0.1',
    port: machine.port,
    dir: machine.folder('data'),
    save: '',
    appendonly: 'no',
    daemonize: 'no',
  };
  machine.spawn(
    'redis',
    executableOf('redis'),
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { LD_LIBRARY_PATH: librariesIn(path).join(':') },
  );
  await machine.until('PONG of Redis', async () => (await ping(machine.port)).startsWith('+PONG'));
  return { endpoint: `redis://127.0.0.1:${machine.port}`, host: '127.0.0.1', port: machine.port };
}

function ping(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setEncoding('latin1').setTimeout(2_000, () => socket.destroy(new Error('timeout')));
    socket.once('error', reject).once('data', (text) => {
      socket.destroy();
      resolve(text);
    });
  });
}
