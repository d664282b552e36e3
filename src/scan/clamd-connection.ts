import { connect, type Socket } from 'node:net';
import { onAbort } from '../core/abort.js';
import { StorageError } from '../core/error.js';
import { scanError } from './scan-error.js';

/** Where clamd listens. */
export type ClamdAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** Characters of an answer: a file name and the name of a signature at most. */
const MAX_ANSWER = 4096;

/** A connection for one command, which is sent with `z` before it: its answer ends in a NUL. */
export class ClamdConnection {
  /** What clamd says, without its NUL. Fails when the connection ends before, or clamd says more than an answer. */
  readonly answer: Promise<string>;
  private release: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    this.answer = new Promise((resolve, reject) => {
      let said = '';
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => {
        said += text;
        const end = said.indexOf('\0');
        if (said.length > MAX_ANSWER || (end !== -1 && end !== said.length - 1))
          reject(scanError('clamd said more than an answer'));
        else if (end !== -1) resolve(said.slice(0, end));
      });
      socket.once('error', (cause) =>
        reject(
          StorageError.is(cause)
            ? cause
            : scanError(`the connection to clamd failed: ${cause.message}`, cause),
        ),
      );
      socket.once('close', () => reject(scanError('clamd ended the connection without an answer')));
    });
    // It may fail when nobody waits for it: while content comes, or after the connection was given up.
    this.answer.catch(() => undefined);
  }

  /**
   * @param timeoutMs Milliseconds in which the connection has to be there.
   * @throws StorageError UNAVAILABLE, reason `scanner`, and that of the signal.
   */
  static async open(
    address: ClamdAddress,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<ClamdConnection> {
    const socket = connect({ ...address, noDelay: true });
    const connection = new ClamdConnection(socket);
    const late = setTimeout(
      () => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      connection.release = onAbort(signal, (error) => socket.destroy(error));
      await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), connection.answer]);
      return connection;
    } catch (error) {
      connection.end();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** Sends bytes; resolves when more may be sent, and when the connection has ended: then `answer` tells why. */
  async send(...pieces: readonly Uint8Array[]): Promise<void> {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
    if (!socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        socket.off('drain', go).off('close', go);
        resolve();
      };
      socket.on('drain', go).on('close', go);
    });
  }

  /** Gives the connection up. */
  end(): void {
    this.release();
    this.socket.destroy();
  }
}
