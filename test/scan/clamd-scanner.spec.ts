import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClamdScanner } from '../../src/scan/clamd-scanner.js';
import type { ScanVerdict } from '../../src/scan/file-scanner.js';
import { describeClamd } from '../servers/clamd-server.js';
import { EICAR, EICAR_NAME } from '../servers/eicar.mjs';
import { startServer } from '../servers/start-server.mjs';
import { isAlive } from '../servers/support/leftovers.js';
import { ClientSockets } from '../support/client-sockets.js';
import { expectCode, thrown } from '../support/errors.js';
import { sleep, within } from '../support/within.js';

const file = { name: 'a.bin', contentType: 'application/octet-stream' };
const scan = (scanner: ClamdScanner, content: Readable, signal = new AbortController().signal) =>
  within(scanner.scan(content, file, { signal }), 'the scan', 20_000);
const pieces = (...chunks: readonly (Uint8Array | string)[]): Readable =>
  Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe('A ClamdScanner', () => {
  it('refuses options that are none', () => {
    for (const [options, message] of [
      [null, /the options are null/],
      [{ hots: 'x' }, /no option hots/],
      [{ host: '' }, /host is ""/],
      [{ port: 0 }, /port is 0/],
      [{ port: '3310' }, /port is "3310"/],
      [{ socketPath: '' }, /socketPath is ""/],
      [{ socketPath: '/run/clamd.sock', port: 3310 }, /both a socketPath and/],
      [{ connectTimeoutMs: 0 }, /connectTimeoutMs is 0/],
      [{ connectTimeoutMs: 2 ** 31 }, /connectTimeoutMs is 2147483648/],
    ] as const) {
      const error = thrown(() => new ClamdScanner(options as object));
      expect([error.code, error.reason]).toEqual(['INVALID_ARGUMENT', 'config']);
      expect(error.message).toMatch(message);
    }
    expect(new ClamdScanner()).toBeDefined();
  });

  describeClamd((server) => {
    const overTcp = (): ClamdScanner => new ClamdScanner({ host: server().host, port: server().port });
    const overSocket = (): ClamdScanner => new ClamdScanner({ socketPath: server().socketPath });
    const clamd = (): number => server().processes.find(({ name }) => name === 'clamd')?.pid ?? 0;
    let sockets: ClientSockets;
    beforeEach(() => {
      sockets = new ClientSockets();
    });
    afterEach(async () => {
      const end = Date.now() + 5_000;
      while (sockets.open() > 0 && Date.now() < end) await sleep(5);
      sockets.stop();
      expect(sockets.open()).toBe(0);
    });

    for (const [way, scanner] of [
      ['TCP', overTcp],
      ['a socket', overSocket],
    ] as const) {
      it(`tells clean content from EICAR over ${way}`, async () => {
        expect(await scan(scanner(), pieces('harmless'))).toBe('clean');
        expect(await scan(scanner(), pieces(EICAR))).toEqual({ infected: EICAR_NAME });
        expect(await scan(scanner(), pieces())).toBe('clean');
      });

      it(`says what it is over ${way}`, async () => {
        await within(scanner().ping());
        expect(await within(scanner().version())).toMatch(/^ClamAV \d+\.\d+/);
      });
    }

    it('finds EICAR in the middle of a stream, in two chunks, beside chunks without bytes', async () => {
      const noise = randomBytes(3_000_000);
      const verdict = await scan(
        overTcp(),
        pieces(noise, '', EICAR.slice(0, 20), '', EICAR.slice(20), noise),
      );
      expect(verdict).toEqual({ infected: EICAR_NAME });
      expect(await scan(overTcp(), pieces(noise, '', noise))).toBe('clean');
    });

    it('scans text that a stream gives as strings', async () => {
      const text = Readable.from(['ü', EICAR]).setEncoding('utf8');
      expect(await scan(overTcp(), text)).toEqual({ infected: EICAR_NAME });
    });

    it('has no verdict on more than clamd takes', async () => {
      const half = Buffer.alloc(server().streamMaxLength / 2);
      expect(await scan(overTcp(), pieces(half, half))).toBe('clean');
      const error = await expectCode(scan(overTcp(), pieces(half, half, 'x')), 'UNAVAILABLE');
      expect(error.reason).toBe('scanner');
      expect(error.message).toMatch(/StreamMaxLength|clamd/);
    });

    it('scans fifty at once, each for itself', async () => {
      const verdicts = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          scan(overTcp(), pieces(randomBytes(100_000), index % 5 === 0 ? EICAR : 'x', randomBytes(1000))),
        ),
      );
      const expected: ScanVerdict[] = verdicts.map((_, index) =>
        index % 5 === 0 ? { infected: EICAR_NAME } : 'clean',
      );
      expect(verdicts).toEqual(expected);
    });

    it('takes as long as a slow sender', async () => {
      const slow = Readable.from(
        (async function* () {
          for (const chunk of ['a', EICAR.slice(0, 30), EICAR.slice(30)]) {
            await sleep(300);
            yield Buffer.from(chunk);
          }
        })(),
      );
      expect(await scan(new ClamdScanner({ port: server().port, connectTimeoutMs: 200 }), slow)).toEqual({
        infected: EICAR_NAME,
      });
    });

    it('ends with its signal and gives its socket back while clamd stands still', async () => {
      process.kill(clamd(), 'SIGSTOP');
      try {
        const abort = new AbortController();
        const content = pieces('x');
        const scanned = scan(overTcp(), content, abort.signal);
        await sleep(100);
        expect(sockets.open()).toBeGreaterThan(0);
        abort.abort();
        await expectCode(scanned, 'ABORTED');
        expect(content.destroyed).toBe(true);
        const quick = new ClamdScanner({ port: server().port, connectTimeoutMs: 200 });
        expect((await expectCode(quick.ping(), 'UNAVAILABLE')).message).toMatch(/within 200 ms/);
      } finally {
        process.kill(clamd(), 'SIGCONT');
      }
      await within(overTcp().ping());
    });

    it('fails with a clamd that is killed meanwhile, and works with the next', async () => {
      const mortal = await startServer('clamd');
      const { port, processes } = mortal;
      const scanner = new ClamdScanner({ port });
      const content = new Readable({ read: () => undefined });
      content.push('begin');
      const scanned = scan(scanner, content);
      await sleep(100);
      const pid = processes.find(({ name }) => name === 'clamd')?.pid ?? 0;
      process.kill(pid, 'SIGKILL');
      expect((await expectCode(scanned, 'UNAVAILABLE')).reason).toBe('scanner');
      expect(content.destroyed).toBe(true);
      await expectCode(scan(scanner, pieces('x')), 'UNAVAILABLE');
      while (isAlive(pid)) await sleep(5);
      await expect(mortal.stop()).rejects.toThrow('clamd ended');
      const next = await startServer('clamd', { port });
      expect(await scan(scanner, pieces(EICAR))).toEqual({ infected: EICAR_NAME });
      await next.stop();
    }, 30_000);
  });
});
