import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { sleep } from '../support/within.js';
import { answerOf, sentBytes, type ConnectFault, type Fault, type SeenRequest } from './fault.js';
import { bodyPieces, headBytes, readBody, readHead, type Answer, type RequestHead } from './http-message.js';
import { SocketReader } from './socket-reader.js';
import { refusal, type TinyS3 } from './tiny-s3.js';

/** What the connections of a server share. */
export interface ConnectionPlace {
  /** Counted from 1. */
  readonly id: number;
  readonly s3: TinyS3;
  /** Takes note of a request and says how to break it. */
  readonly seen: (request: SeenRequest) => Fault | undefined;
}

/** Long enough for what was written to be in the hands of a peer on loopback, when a RST follows it. */
const ARRIVED_MS = 15;

/** One connection of the server: reads requests and answers them, as its faults say. */
export class Connection {
  /** Whether a request is under way. */
  busy = false;
  private readonly reader: SocketReader;
  private letGo: () => void = () => undefined;

  constructor(
    private readonly socket: Socket,
    private readonly place: ConnectionPlace,
  ) {
    socket.setMaxListeners(0);
    this.reader = new SocketReader(socket);
  }

  /** Serves until the connection ends. */
  async serve(fault?: ConnectFault): Promise<void> {
    if (fault) {
      this.busy = true;
      if (fault === 'silent') await this.held();
      else this.leave(fault);
    } else {
      await this.answerAll();
    }
    // Whoever does not read does not see that the peer has closed.
    await this.reader.drain();
    this.socket.destroy();
  }

  /** Ends a stall: what the peer sends is read and thrown away. */
  release(): void {
    this.letGo();
  }

  /** Sends what nobody has asked for. */
  say(text: string): void {
    this.socket.write(text);
  }

  /** Ends the connection: FIN, RST, or at once, whatever that is. */
  leave(how: 'end' | 'reset' | 'drop'): void {
    if (how === 'end') this.socket.end();
    else if (how === 'reset' && !(this.socket instanceof TLSSocket)) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  private async answerAll(): Promise<void> {
    for (let turn = 0; await this.reader.more(); turn++) {
      this.busy = true;
      const head = await readHead(this.reader);
      if (!head || !(await this.exchange(head, turn))) return;
      this.busy = false;
    }
  }

  /** One request and its answer; whether another may follow. */
  private async exchange(head: RequestHead, turn: number): Promise<boolean> {
    const seen = {
      ...head,
      key: keyOf(head.path),
      connection: this.place.id,
      turn,
      at: performance.now(),
      bodyBytes: 0,
    };
    const fault = this.place.seen(seen) ?? {};
    const { reads = 'all' } = fault;
    const limit = reads === 'all' ? Infinity : reads === 'head' ? 0 : reads;
    const pieces: Buffer[] = [];
    for await (const piece of readBody(this.reader, head, limit)) {
      seen.bodyBytes += piece.length;
      pieces.push(piece);
    }
    const length = Number(head.headers['content-length'] ?? 0);
    // The client gave up: a request without its end has no effect.
    if (reads === 'all' && seen.bodyBytes < length) return false;
    if (fault.delayMs !== undefined) await Promise.race([pause(fault.delayMs), this.held()]);
    const acts = fault.acts ?? (reads === 'all' && typeof fault.answer !== 'object');
    const due = acts ? this.place.s3.handle(head, Buffer.concat(pieces)) : refusal(503, 'ServiceUnavailable');
    await this.send(fault, answerOf(fault, due, seen), head.method);
    return this.after(fault, head, length - seen.bodyBytes);
  }

  private async send(fault: Fault, answer: Answer, method: string): Promise<void> {
    const head = headBytes(answer, method);
    if (typeof answer.body === 'function') {
      await this.write(head);
      for (const piece of bodyPieces(answer, method)) {
        if (this.socket.destroyed) return;
        await this.write(piece);
      }
      return;
    }
    if (fault.bytes === undefined && fault.pace === undefined && fault.sends === undefined) {
      for (const piece of [head, ...bodyPieces(answer, method)]) await this.write(piece);
      return;
    }
    const whole = Buffer.concat([head, ...bodyPieces(answer, method)]);
    const bytes = fault.bytes?.(whole) ?? whole;
    const sent = bytes.subarray(0, sentBytes(fault, head.length, bytes.length));
    const { bytes: step, everyMs } = fault.pace ?? { bytes: sent.length, everyMs: 0 };
    for (let at = 0; at < sent.length && !this.socket.destroyed; at += step) {
      await this.write(sent.subarray(at, at + step));
      if (fault.pace) await Promise.race([sleep(everyMs), this.held()]);
    }
  }

  private async after(fault: Fault, { headers }: RequestHead, unread: number): Promise<boolean> {
    const last = headers['connection']?.toLowerCase() === 'close';
    const how = fault.then ?? (last ? 'end' : 'keep');
    if (how === 'keep') {
      await this.reader.drain(unread);
      return !this.socket.destroyed;
    }
    if (how === 'stall') await this.held();
    else await this.part(how, fault.sends);
    return false;
  }

  private async part(how: 'end' | 'reset' | 'drop', sends: Fault['sends']): Promise<void> {
    if (how === 'reset' && sends !== 'nothing') await sleep(ARRIVED_MS);
    // The peer may live in this very process: it must have had its turn to read, as it would have in another.
    if (how === 'drop') await sleep(1);
    this.leave(how);
  }

  /** Until it is released, or the connection is closed. */
  private held(): Promise<void> {
    return new Promise((resolve) => {
      this.letGo = resolve;
      this.socket.once('close', resolve);
    });
  }

  private write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (bytes.length === 0 || this.socket.destroyed) return resolve();
      this.socket.once('close', resolve);
      this.socket.write(bytes, () => {
        this.socket.off('close', resolve);
        resolve();
      });
    });
  }
}

/** Does not keep the process, which may well end before it. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

function keyOf(path: string): string {
  return path
    .split('/')
    .slice(2)
    .map((part) => decodeURIComponent(part))
    .join('/');
}
