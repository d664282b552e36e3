import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Fault } from '../../../faults/fault.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { KIB, MIB, readAll } from '../../../support/bodies.js';
import { failure } from '../../../support/errors.js';
import { sleep, within } from '../../../support/within.js';
import { operations } from './operations.js';
import { SHORT, usePatientServer } from './patient-server.js';
import { LIMITS, outcomeOf, SEEDED } from './support.js';

const singleRequests = Object.entries(operations).filter(([name]) => name !== 'delete ifMatch');

describe('the connections of a backend', () => {
  const bench = usePatientServer();

  it('stay open between requests, one for each at a time', async () => {
    for (let i = 0; i < 10; i++) expect(await bench.storage.text('a')).toBe(SEEDED.a);
    expect(bench.server.counts).toEqual({ open: 1, busy: 0, most: 1, total: 1 });
  });

  it.each(['reset', 'end'] as const)(
    'that the server closes while idle (%s) are not used again',
    async (how) => {
      for (let i = 0; i < 5; i++) {
        expect(await bench.storage.text('a')).toBe(SEEDED.a);
        bench.server.closeIdle(how);
        await sleep(20);
      }
      expect(bench.server.seen()).toHaveLength(5);
    },
  );

  it.each(
    // A conditional delete looks first, on another connection.
    singleRequests.flatMap(([name, operation]) =>
      (['reset', 'end'] as const).map((then) => [name, then, operation] as const),
    ),
  )(
    'that the server closes under %s (%s) are replaced',
    async (name, then, { method, run, repeatable, done }) => {
      await bench.storage.text('a');
      // It closes just when the request comes: nothing of it was read.
      bench.server.next({
        method,
        // A copy looks first, which takes that connection.
        match: ({ turn }) => turn > 0 || name.startsWith('copy'),
        reads: 'head',
        acts: false,
        sends: 'nothing',
        then,
      });
      const { code } = await outcomeOf(run(bench.storage, bench));
      expect(code).toBe(repeatable ? 'ok' : 'OUTCOME_UNKNOWN');
      expect(done?.(bench) ?? true).toBe(repeatable);
      // With the first request, that made the connection.
      expect(bench.server.seen(method)).toHaveLength((repeatable ? 2 : 1) + (method === 'GET' ? 1 : 0));
    },
  );

  it('that all went stale cost a request one try, not all of them', async () => {
    await Promise.all(Array.from({ length: 10 }, () => bench.storage.text('a')));
    expect(bench.server.counts.open).toBe(10);
    bench.server.next({
      times: 10,
      match: ({ turn }) => turn > 0,
      reads: 'head',
      sends: 'nothing',
      then: 'reset',
    });
    const { length } = bench.server.seen();
    expect(await bench.storage.text('a')).toBe(SEEDED.a);
    expect(bench.server.seen()).toHaveLength(length + 2);
  });

  it('are never more than maxSockets, and everybody has a turn in the order of asking', async () => {
    const storage = bench.open({ maxSockets: 4 });
    bench.server.next({ times: Infinity, delayMs: 2 });
    const order: number[] = [];
    const works = Array.from({ length: 200 }, async (_, i) => {
      const text = await storage.text('a');
      order.push(i);
      return text;
    });
    expect(new Set(await within(Promise.all(works), '200 gets'))).toEqual(new Set([SEEDED.a]));
    expect(bench.server.counts).toMatchObject({ most: 4, total: 4 });
    // Four are under way at once: nobody is overtaken by more than a few.
    const late = order.map((asked, ended) => Math.abs(asked - ended));
    expect(Math.max(...late)).toBeLessThanOrEqual(8);
  });

  it('are waited for no longer than a try may take: TIMEOUT', async () => {
    bench.server.s3.seed('big', randomBytes(16 * MIB));
    const storage = bench.open({ ...LIMITS, maxSockets: 1, retryBudgetMs: 500 });
    const { body } = await storage.get('big');
    const { code, reason, ms } = await outcomeOf(storage.text('a'));
    expect({ code, reason }).toEqual({ code: 'TIMEOUT', reason: 'total' });
    expect(ms).toBeLessThan(7_000);
    body.destroy();
    expect(await storage.text('a')).toBe(SEEDED.a);
  });

  it('are free again after every kind of failure', async () => {
    const storage = bench.open({ ...SHORT, maxSockets: 2, maxAttempts: 1 });
    const faults: Fault[] = [
      { sends: 'nothing', then: 'reset' },
      { sends: 'half-head', then: 'stall' },
      { sends: 'half', then: 'stall' },
      { answer: refusal(403, 'AccessDenied') },
      { answer: refusal(404, 'NoSuchKey'), sends: 'half', then: 'reset' },
      { reads: 'head', answer: refusal(503, 'SlowDown'), then: 'end' },
      { bytes: () => Buffer.from('garbage\r\n\r\n') },
    ];
    for (const fault of faults) {
      bench.server.next({ ...fault, times: 4 });
      await Promise.all(Array.from({ length: 4 }, () => outcomeOf(storage.bytes('a'))));
      bench.server.heal();
      expect(await within(storage.text('a'), `after ${JSON.stringify(fault)}`)).toBe(SEEDED.a);
    }
    expect(bench.server.counts.open).toBeLessThanOrEqual(2);
  });

  it('may be refused: UNAVAILABLE, in time, and everything works when the server is back', async () => {
    const nobody = bench.open({ endpoint: 'http://127.0.0.1:1' });
    for (const { run } of Object.values(operations)) {
      const { code } = await outcomeOf(run(nobody, bench));
      expect(code).toBe('UNAVAILABLE');
    }
  });

  it('may lead nowhere: UNAVAILABLE', async () => {
    const lost = bench.open({ endpoint: 'http://no-such-host.invalid', maxAttempts: 2 });
    expect(await outcomeOf(lost.bytes('a'))).toMatchObject({ code: 'UNAVAILABLE', reason: 'connect' });
  });

  it('may be reset or closed before anything is sent', async () => {
    bench.server.nextConnection('reset').nextConnection('end');
    expect(await bench.storage.text('a')).toBe(SEEDED.a);
    bench.server.nextConnection('reset', 100);
    bench.server.closeIdle();
    await sleep(20);
    expect((await outcomeOf(bench.storage.bytes('a'))).code).toBe('UNAVAILABLE');
  });

  it('are closed with the backend, with those in use and those waiting', async () => {
    bench.server.s3.seed('big', randomBytes(16 * MIB));
    bench.server.next({ key: 'a', times: Infinity, sends: 'nothing', then: 'stall' });
    const storage = bench.open({ maxSockets: 2, maxAttempts: 1 });
    const { body } = await storage.get('big');
    const works = [storage.bytes('a'), storage.bytes('a'), storage.bytes('c')].map((work) => outcomeOf(work));
    await sleep(50);
    await bench.closeAll();
    for (const { code } of await within(Promise.all(works), 'the open operations', 5_000)) {
      expect(['UNAVAILABLE', 'TIMEOUT']).toContain(code);
    }
    // Told to whoever reads it.
    expect((await failure(readAll(body))).code).toBe('UNAVAILABLE');
    expect(await bench.server.settled(0)).toBe(true);
    expect((await outcomeOf(storage.bytes('a'))).code).toBe('UNAVAILABLE');
  });
});

describe('what comes over a connection', () => {
  const bench = usePatientServer();
  const other = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\netag: "e"\r\n\r\nEVIL!';

  it.each<[string, Fault]>([
    ['a second answer in the same packet', { bytes: (bytes) => Buffer.concat([bytes, Buffer.from(other)]) }],
    ['a few bytes too many', { bytes: (bytes) => Buffer.concat([bytes, Buffer.from('xyz')]) }],
    ['an empty line too many', { bytes: (bytes) => Buffer.concat([bytes, Buffer.from('\r\n')]) }],
    [
      'a body after the head of a HEAD',
      { method: 'HEAD', bytes: (bytes) => Buffer.concat([bytes, Buffer.from(SEEDED.a)]) },
    ],
    [
      'a second answer a moment later',
      { bytes: (bytes) => Buffer.concat([bytes, Buffer.from(other)]), pace: { bytes: 2 * KIB, everyMs: 5 } },
    ],
  ])('%s is not taken for the answer to the next request', async (_, fault) => {
    for (let i = 0; i < 3; i++) {
      bench.server.next(fault);
      if (fault.method === 'HEAD') await outcomeOf(bench.storage.head('a'));
      else await outcomeOf(bench.storage.bytes('a'));
      if (i === 1) await sleep(20);
      expect(await bench.storage.text('c')).toBe(SEEDED.c);
      expect(await bench.storage.text('a')).toBe(SEEDED.a);
    }
  });

  it('an answer that nobody asked for, on an idle connection, is not taken for that of the next request', async () => {
    for (const late of [
      other,
      'HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
    ]) {
      expect(await bench.storage.text('a')).toBe(SEEDED.a);
      bench.server.sayIdle(late);
      await sleep(20);
      expect(await bench.storage.text('c')).toBe(SEEDED.c);
    }
  });

  it.each([
    ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['102 Processing, twice', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(2)],
    ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n'],
  ])('%s is no answer', async (_, interim) => {
    bench.server.next({ times: 3, bytes: (bytes) => Buffer.concat([Buffer.from(interim), bytes]) });
    expect(await bench.storage.text('a')).toBe(SEEDED.a);
    await bench.storage.put('n', 'x');
    expect((await bench.storage.head('n')).size).toBe(1);
    expect(bench.server.seen()).toHaveLength(3);
  });

  it('a change of protocol is UNAVAILABLE', async () => {
    const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n';
    bench.server.next({ times: Infinity, bytes: () => Buffer.from(switching) });
    expect((await outcomeOf(bench.storage.bytes('a'))).code).toBe('UNAVAILABLE');
  });

  it.each<[string, string]>([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['headers of 64 KiB', `HTTP/1.1 200 OK\r\nx-big: ${'x'.repeat(64 * KIB)}\r\n\r\n`],
    ['a header with a control character', 'HTTP/1.1 200 OK\r\nx-bad: a\x00b\r\ncontent-length: 0\r\n\r\n'],
    ['a header with a bare CR', 'HTTP/1.1 200 OK\r\nx-bad: a\rb\r\ncontent-length: 0\r\n\r\n'],
    ['two lengths that differ', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: 1e3\r\n\r\n'],
    ['a chunk size that is none', 'HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s is a typed error, and the connection is of no use any more', async (_, bytes) => {
    bench.server.next({ times: Infinity, bytes: () => Buffer.from(bytes, 'latin1') });
    const { code } = await outcomeOf(bench.storage.bytes('a'));
    expect(['UNAVAILABLE', 'INTEGRITY', 'PERMISSION_DENIED']).toContain(code);
    bench.server.heal();
    expect(await bench.storage.text('a')).toBe(SEEDED.a);
  });

  it('never asks for leave to send a body', async () => {
    await bench.storage.put('n', randomBytes(4 * MIB));
    expect(bench.server.seen('PUT')[0]?.headers['expect']).toBeUndefined();
    expect(bench.server.seen('PUT')[0]?.headers['transfer-encoding']).toBeUndefined();
  });
});
