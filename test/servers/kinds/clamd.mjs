import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { catalogue, executableOf } from '../catalogue.mjs';
import { EICAR, EICAR_NAME } from '../eicar.mjs';
import { librariesIn } from '../libraries.mjs';

const { path } = catalogue.clamd;

/** Bytes of a stream, at most: less than the default (100M), so that a test can exceed it. */
export const STREAM_MAX_LENGTH = 16 * 1024 * 1024;

/** clamd with one signature of its own and no other: the text of the EICAR file, anywhere. */
export async function start(machine) {
  const database = machine.folder('database');
  // https://docs.clamav.net/manual/Signatures/BodySignatureFormat.html
  const signature = `${EICAR_NAME.split('.UNOFFICIAL')[0]}:0:*:${Buffer.from(EICAR).toString('hex')}\n`;
  await writeFile(join(database, 'test.ndb'), signature);
  const socketPath = join(machine.directory, 'clamd.sock');
  const conf = join(machine.directory, 'clamd.conf');
  const settings = {
    Foreground: 'yes',
    LogTime: 'yes',
    DatabaseDirectory: database,
    TemporaryDirectory: machine.folder('tmp'),
    LocalSocket: socketPath,
    TCPAddr: '127.0.0.1',
    TCPSocket: machine.port,
    StreamMaxLength: STREAM_MAX_LENGTH,
    MaxThreads: 4,
    ConcurrentDatabaseReload: 'no',
  };
  await writeFile(
    conf,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  machine.spawn('clamd', executableOf('clamd'), ['--config-file', conf], {
    LD_LIBRARY_PATH: librariesIn(path).join(':'),
  });
  await machine.until('PONG of clamd', async () => (await ask(machine.port, 'zPING\0')) === 'PONG\0');
  return {
    endpoint: `tcp://127.0.0.1:${machine.port}`,
    host: '127.0.0.1',
    port: machine.port,
    socketPath,
    streamMaxLength: STREAM_MAX_LENGTH,
  };
}

function ask(port, command) {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(command));
    socket.setEncoding('latin1').setTimeout(2_000, () => socket.destroy(new Error('timeout')));
    socket
      .on('data', (text) => (said += text))
      .once('error', reject)
      .once('close', () => resolve(said));
  });
}
