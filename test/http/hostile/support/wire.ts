import { connect } from 'node:net';
import type { Answer } from '../hostile-case.js';
import { readReply, type Reply } from './reply.js';

/** What goes over one connection. */
export interface Wire {
  /** Bytes; a number is a pause of so many milliseconds. */
  readonly bytes: readonly (string | Buffer | number)[];
  /** What it is, where a case sends several. */
  readonly label?: string;
  /** Where it goes, if not to the server. */
  readonly port?: number;
  /** How the client goes on when all is sent: it waits for the answer, ends its side, or resets the connection. Default: `wait`. */
  readonly then?: 'wait' | 'end' | 'reset';
  /** Whether all that comes until the server closes counts, or nothing comes any more. Default: one answer. */
  readonly all?: boolean;
  /** What is answered to it, where that differs from the answer of the case. */
  readonly answer?: Answer;
}

/** Milliseconds that no answer takes. */
const PATIENCE = 15_000;
/** Milliseconds without a byte that end `all`. */
const QUIET = 500;

/** Sends `wire` and hears the answer. Fails when none comes in 15 seconds. */
export function exchange(serverPort: number, wire: Wire): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: wire.port ?? serverPort, host: '127.0.0.1', allowHalfOpen: true });
    const chunks: Buffer[] = [];
    let quiet: NodeJS.Timeout | undefined;
    const patience = setTimeout(() => finish(new Error('No answer came in time')), PATIENCE);
    const isHead = wire.bytes[0]?.toString().startsWith('HEAD ') ?? false;
    const finish = (error?: Error): void => {
      clearTimeout(patience);
      clearTimeout(quiet);
      socket.destroy();
      if (error) return reject(error);
      resolve(readReply(Buffer.concat(chunks), isHead));
    };
    socket.on('error', () => finish());
    socket.on('close', () => finish());
    socket.on('end', () => finish());
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (!wire.all) {
        if (readReply(Buffer.concat(chunks), isHead).isComplete) finish();
        return;
      }
      clearTimeout(quiet);
      quiet = setTimeout(finish, QUIET);
    });
    socket.once('connect', () => {
      void send(wire, (bytes) => socket.write(bytes)).then(() => {
        if (wire.then === 'end') socket.end();
        else if (wire.then === 'reset') socket.resetAndDestroy();
      });
    });
  });
}

async function send({ bytes }: Wire, write: (bytes: string | Buffer) => void): Promise<void> {
  for (const one of bytes) {
    if (typeof one === 'number') await new Promise((resolve) => setTimeout(resolve, one));
    else write(typeof one === 'string' ? Buffer.from(one) : one);
  }
}
