import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { refusal } from '../../../faults/tiny-s3.js';
import { KIB, MIB } from '../../../support/bodies.js';
import { within } from '../../../support/within.js';
import { useFolder } from '../../../transfer/support/folders.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf, SEEDED } from './support.js';

describe('an answer that comes before the body was sent', () => {
  const bench = usePatientServer();
  const folder = useFolder();
  const answers = [
    ['403', refusal(403, 'AccessDenied'), 'PERMISSION_DENIED'],
    ['412', refusal(412, 'PreconditionFailed'), 'ALREADY_EXISTS'],
    ['413', refusal(413, 'EntityTooLarge'), 'TOO_LARGE'],
    ['503', refusal(503, 'SlowDown'), 'ok'],
  ] as const;
  const sizes = [
    ['1 KiB', KIB],
    ['1 MiB', MIB],
    ['8 MiB', 8 * MIB],
  ] as const;
  const ways = ['drop', 'reset', 'end', 'keep'] as const;
  const cases = answers.flatMap(([status, answer, code]) =>
    sizes.flatMap(([size, bytes]) => ways.map((then) => [status, size, then, bytes, answer, code] as const)),
  );

  it.each(cases)('%s to %s, and then %s', async (_, __, then, size, answer, code) => {
    bench.server.next({ method: 'PUT', times: code === 'ok' ? 1 : Infinity, reads: 'head', answer, then });
    const body = randomBytes(size);
    const outcome = await outcomeOf(bench.storage.put('n', body, { ifAbsent: true }));
    expect(outcome.code).toBe(code);
    expect(bench.server.s3.objects.has('n')).toBe(code === 'ok');
  });

  it('is no success', async () => {
    const answer = { status: 200, headers: { etag: '"1"' }, body: Buffer.alloc(0) };
    bench.server.next({ method: 'PUT', times: Infinity, reads: 'head', answer, then: 'stall' });
    const putting = bench.storage.put('n', randomBytes(8 * MIB));
    expect(await outcomeOf(putting)).toMatchObject({ code: 'OUTCOME_UNKNOWN', reason: 'protocol' });
  });

  it('is no success where one write takes the body and the kernel does not', async () => {
    // Its buffers hold 200 KiB, those of TCP on loopback 2.5 MB.
    const path = folder.at('socket');
    const accepted = new Set<Socket>();
    const server = createServer((socket) => {
      accepted.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () =>
        // It reads no second request, either.
        socket
          .pause()
          .write('HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
      );
    }).listen(path);
    await once(server, 'listening');
    const agent = new Agent({ keepAlive: true });
    agent.createConnection = () => connect(path);
    const storage = bench.open({ agent });
    for (const size of [KIB, 16 * KIB])
      expect(await outcomeOf(storage.put('n', randomBytes(size)))).toMatchObject({ code: 'ok' });
    expect(await outcomeOf(storage.put('n', randomBytes(MIB)))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'protocol',
    });
    agent.destroy();
    for (const socket of accepted) socket.destroy();
    await within(new Promise((resolve) => server.close(resolve)), 'closing');
  });

  it('is read when the server takes half of the body and resets', async () => {
    for (const reads of [1, 100 * KIB, 3 * MIB]) {
      bench.server
        .heal()
        .next({ times: Infinity, reads, answer: refusal(403, 'AccessDenied'), then: 'drop' });
      expect((await outcomeOf(bench.storage.put('n', randomBytes(8 * MIB)))).code).toBe('PERMISSION_DENIED');
    }
  });

  it('leaves no connection behind on which the rest of a body would come', async () => {
    for (let i = 0; i < 5; i++) {
      bench.server.next({ method: 'PUT', reads: 'head', answer: refusal(403, 'AccessDenied'), then: 'keep' });
      await outcomeOf(bench.storage.put('n', randomBytes(4 * MIB)));
      expect(await bench.storage.text('a')).toBe(SEEDED.a);
    }
    expect(bench.server.counts.open).toBeLessThan(4);
  });
});

/** Answers each request as soon as its head is there and closes, which is a RST: a server with a turn of its own. */
const HASTY = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const body = '<Error><Code>PreconditionFailed</Code></Error>';
  const answer = 'HTTP/1.1 412 Precondition Failed\\r\\ncontent-length: ' + body.length + '\\r\\n\\r\\n' + body;
  createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.pause().write(answer, () => socket.destroy()));
  }).listen(0, '127.0.0.1', function () {
    parentPort.postMessage(this.address().port);
  });
`;

describe('a server that answers at once and closes', () => {
  const bench = usePatientServer();
  let hasty: Worker;
  let endpoint: string;

  beforeAll(async () => {
    hasty = new Worker(HASTY, { eval: true });
    const port = await within(new Promise((resolve) => hasty.once('message', resolve)), 'the start');
    endpoint = `http://127.0.0.1:${String(port)}`;
  });

  afterAll(async () => {
    await hasty.terminate();
  });

  it.each([1, 3, 8, 16])('is heard, whatever becomes of the %i MiB that it did not want', async (size) => {
    const body = randomBytes(size * MIB);
    for (let i = 0; i < 10; i++) {
      // Of its own: the answer does not say that the connection is of no use any more.
      const storage = bench.open({ endpoint });
      expect((await outcomeOf(storage.put('n', body, { ifAbsent: true }))).code).toBe('ALREADY_EXISTS');
    }
  });
});
