import type { Readable } from 'node:stream';
import { checkClamdOptions } from './check-clamd-options.js';
import { clamdVerdict } from './clamd-answer.js';
import { ClamdConnection, type ClamdAddress } from './clamd-connection.js';
import type { ClamdOptions } from './clamd.options.js';
import type { FileScanner, ScanFile, ScanOptions, ScanVerdict } from './file-scanner.js';
import { scanError } from './scan-error.js';

/**
 * Has uploads scanned by ClamAV's daemon, over TCP or a local socket: each file is sent by INSTREAM on a connection of its own, as
 * it comes in. How many are scanned at once is clamd's affair (`MaxThreads`).
 *
 * clamd calls a file clean of which its limits let it see a part only, unless it has `AlertExceedsMax yes`.
 * Protocol: https://manpages.debian.org/bookworm/clamav-daemon/clamd.8.en.html
 */
export class ClamdScanner implements FileScanner {
  private readonly address: ClamdAddress;
  private readonly connectTimeoutMs: number;

  /** Nothing is connected yet. @throws StorageError INVALID_ARGUMENT (reason `config`). */
  constructor(options: ClamdOptions = {}) {
    ({ address: this.address, connectTimeoutMs: this.connectTimeoutMs } = checkClamdOptions(options));
  }

  /**
   * Reads `content` to its end, or destroys it. How long clamd may take is bounded by `signal` alone.
   * @throws StorageError UNAVAILABLE, reason `scanner`, whenever there is no verdict; that of the signal; what `content` fails with.
   */
  async scan(content: Readable, _file: ScanFile, { signal }: ScanOptions): Promise<ScanVerdict> {
    // It may fail before it is read, and after it was.
    content.on('error', () => undefined);
    let connection: ClamdConnection | undefined;
    try {
      connection = await ClamdConnection.open(this.address, this.connectTimeoutMs, signal);
      return await stream(connection, content);
    } finally {
      connection?.end();
      content.destroy();
    }
  }

  /** Whether clamd answers. @throws StorageError UNAVAILABLE, reason `scanner`, when it does not. */
  async ping(): Promise<void> {
    const answer = await this.ask('PING');
    if (answer !== 'PONG') throw scanError(`clamd answered ${JSON.stringify(answer)} to PING`);
  }

  /** What clamd says of itself: its version, and the number and date of its signatures. @throws StorageError as `ping`. */
  version(): Promise<string> {
    return this.ask('VERSION');
  }

  private async ask(command: string): Promise<string> {
    const limit = new AbortController();
    const late = setTimeout(
      () => limit.abort(scanError(`clamd did not answer within ${this.connectTimeoutMs} ms`)),
      this.connectTimeoutMs,
    );
    let connection: ClamdConnection | undefined;
    try {
      connection = await ClamdConnection.open(this.address, this.connectTimeoutMs, limit.signal);
      await connection.send(Buffer.from(`z${command}\0`));
      return await connection.answer;
    } finally {
      clearTimeout(late);
      connection?.end();
    }
  }
}

/** The verdict on `content`, which may come before its end. */
async function stream(connection: ClamdConnection, content: Readable): Promise<ScanVerdict> {
  let complete = false;
  const send = async (): Promise<string> => {
    await connection.send(Buffer.from('zINSTREAM\0'));
    for await (const chunk of content) {
      const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
      // A chunk without bytes is the end of the stream.
      if (bytes.length > 0) await connection.send(lengthOf(bytes), bytes);
    }
    complete = true;
    await connection.send(lengthOf());
    return connection.answer;
  };
  const verdict = clamdVerdict(await Promise.race([connection.answer, send()]));
  if (verdict === 'clean' && !complete) throw scanError('clamd answered before it had the whole content');
  return verdict;
}

/** The length of a chunk: 4 bytes in network order. */
function lengthOf(bytes?: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes?.length ?? 0);
  return length;
}
