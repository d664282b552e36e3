import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ClamdScanner } from '../../src/scan/clamd-scanner.js';
import { expectCode } from '../support/errors.js';
import { sleep, within } from '../support/within.js';
import { ScriptedClamd, streamed } from './scripted-clamd.js';

const file = { name: 'a.bin', contentType: 'application/octet-stream' };
let clamd: ScriptedClamd;

/** The scan of `content` by a server that acts so. */
async function scanWith(
  act: (socket: Socket, bytes: Buffer) => void,
  content = Readable.from([Buffer.from('abc')]),
) {
  clamd = await ScriptedClamd.start(act);
  const scanner = new ClamdScanner({ port: clamd.port });
  return within(scanner.scan(content, file, { signal: new AbortController().signal }), 'the scan');
}

/** Answers so when all has come. */
const atTheEnd =
  (answer: string, then: (socket: Socket) => void = () => undefined) =>
  (socket: Socket, bytes: Buffer): void => {
    if (!streamed(bytes).complete) return;
    socket.write(answer, 'latin1');
    then(socket);
  };

/** Bytes, more than the buffers of a connection take. */
const MOST = 32 * 1024 * 1024;

/** Content that never ends. */
function endless(): Readable {
  return new Readable({
    read() {
      setImmediate(() => this.push(Buffer.alloc(65_536)));
    },
  });
}

afterEach(async () => {
  const end = Date.now() + 10_000;
  while (clamd.open.size > 0 && Date.now() < end) await sleep(5);
  const left = clamd.open.size;
  await clamd.stop();
  expect(left).toBe(0);
});

describe('A ClamdScanner whose clamd is not itself', () => {
  it('sends what it was given, in chunks with their lengths', async () => {
    let content: Uint8Array = Buffer.alloc(0);
    const chunks = ['ab', '', 'c'].map((text) => Buffer.from(text));
    const verdict = await scanWith((socket, bytes) => {
      expect(bytes.subarray(0, 10).toString()).toBe('zINSTREAM\0');
      ({ content } = streamed(bytes));
      atTheEnd('stream: OK\0')(socket, bytes);
    }, Readable.from(chunks));
    expect([verdict, Buffer.from(content).toString()]).toEqual(['clean', 'abc']);
  });

  it('reads an answer that comes in pieces', async () => {
    const verdict = await scanWith(
      atTheEnd('stream: Win.Test', (socket) => {
        setTimeout(() => socket.write('.Some-1(deadbeef:3) FOUND'), 20);
        setTimeout(() => socket.write('\0'), 40);
      }),
    );
    expect(verdict).toEqual({ infected: 'Win.Test.Some-1(deadbeef:3)' });
  });

  for (const [what, answer] of [
    ['nothing of a verdict', 'hello\0'],
    ['an empty answer', '\0'],
    ['the verdict on something else', 'other: OK\0'],
    ['a verdict in other words', 'stream: ok\0'],
    ['a name without characters', 'stream:  FOUND\0'],
    ['a name with control characters', 'stream: a\r\nb FOUND\0'],
    ['an error', "stream: Can't allocate memory ERROR\0"],
    ['that it takes no such size', 'INSTREAM size limit exceeded. ERROR\0'],
    ['UNKNOWN COMMAND', 'UNKNOWN COMMAND\0'],
    ['two answers', 'stream: OK\0stream: Eicar FOUND\0'],
    ['an answer with an end of line', 'stream: OK\n\0'],
  ] as const) {
    it(`has no verdict when it says ${what}`, async () => {
      expect((await expectCode(scanWith(atTheEnd(answer)), 'UNAVAILABLE')).reason).toBe('scanner');
    });
  }

  for (const [what, then] of [
    ['ends', (socket: Socket) => socket.end()],
    ['is reset', (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    for (const answer of ['', 'stream: OK']) {
      it(`has no verdict when the connection ${what} after ${JSON.stringify(answer)}`, async () => {
        const error = await expectCode(
          scanWith(atTheEnd(answer, (socket) => void then(socket))),
          'UNAVAILABLE',
        );
        expect(error.reason).toBe('scanner');
      });
    }
  }

  it('reads no more of an endless answer than an answer has', async () => {
    const error = await expectCode(
      scanWith((socket) => {
        const go = (): void => {
          if (socket.writable && socket.write('x'.repeat(1000))) setImmediate(go);
        };
        go();
      }),
      'UNAVAILABLE',
    );
    expect(error.message).toMatch(/more than an answer/);
  });

  it('takes an early infection for one, and reads no more', async () => {
    const content = endless();
    let told = false;
    const verdict = await scanWith((socket, bytes) => {
      if (bytes.length > 200_000 && !told) told = socket.write('stream: Early FOUND\0');
    }, content);
    expect(verdict).toEqual({ infected: 'Early' });
    expect(content.destroyed).toBe(true);
  });

  it('does not believe that content is clean which it has not sent', async () => {
    const content = endless();
    let told = false;
    const scanned = scanWith((socket) => {
      if (!told) told = socket.write('stream: OK\0');
    }, content);
    expect((await expectCode(scanned, 'UNAVAILABLE')).message).toMatch(/before it had the whole/);
    expect(content.destroyed).toBe(true);
  });

  it('understands a size limit that is told in the middle', async () => {
    const content = endless();
    const scanned = scanWith((socket, bytes) => {
      if (bytes.length > 300_000) socket.end('INSTREAM size limit exceeded. ERROR\0');
    }, content);
    expect((await expectCode(scanned, 'UNAVAILABLE')).message).toMatch(/StreamMaxLength/);
    expect(content.destroyed).toBe(true);
  });

  it('reads its content no faster than it is taken', async () => {
    let given = 0;
    const content = new Readable({
      read() {
        // It has an end: nothing else would run when whoever reads it does not wait.
        if (given >= MOST) return void this.push(null);
        given += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    const abort = new AbortController();
    clamd = await ScriptedClamd.start((socket) => socket.pause());
    const scanned = new ClamdScanner({ port: clamd.port }).scan(content, file, { signal: abort.signal });
    // What the buffers between the two take, it may give; then no more.
    for (let before = -1; before !== given && given < MOST; await sleep(300)) before = given;
    expect(given).toBeLessThan(MOST);
    abort.abort();
    await expectCode(scanned, 'ABORTED');
    expect(content.destroyed).toBe(true);
    for (const socket of clamd.open) socket.destroy();
  });

  for (const [when, fail] of [
    ['before it is connected', (content: Readable) => void content.destroy(new Error('cut off'))],
    ['while it is read', (content: Readable) => setTimeout(() => content.destroy(new Error('cut off')), 100)],
  ] as const) {
    it(`fails with its content ${when}, and gives its socket back`, async () => {
      clamd = await ScriptedClamd.start(() => undefined);
      const content = new Readable({ read: () => undefined });
      content.push('begin');
      const scanner = new ClamdScanner({ port: clamd.port });
      const scanned = scanner.scan(content, file, { signal: new AbortController().signal });
      fail(content);
      await expect(within(scanned)).rejects.toThrow('cut off');
    });
  }

  it('does not connect for a signal that has aborted', async () => {
    clamd = await ScriptedClamd.start(() => undefined);
    const content = Readable.from(['x']);
    const scanner = new ClamdScanner({ port: clamd.port });
    await expectCode(scanner.scan(content, file, { signal: AbortSignal.abort() }), 'ABORTED');
    expect([content.destroyed, clamd.received]).toEqual([true, 0]);
  });

  it('does not take another answer for PONG', async () => {
    clamd = await ScriptedClamd.start((socket) => socket.write('PING\0'));
    const { message } = await expectCode(new ClamdScanner({ port: clamd.port }).ping(), 'UNAVAILABLE');
    expect(message).toBe('clamd answered "PING" to PING');
  });
});
