import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { get as getSecure } from 'node:https';
import { KIB, MIB } from '../support/bodies.js';
import { within } from '../support/within.js';
import { selfSigned } from './certificate.js';
import { FaultServer } from './fault-server.js';
import { refusal } from './tiny-s3.js';

/** The server breaks as it is told, seen by a client that has nothing of ours. */
describe('the fault server', () => {
  let server: FaultServer;
  let agent: Agent;

  beforeEach(async () => {
    server = await FaultServer.start();
    agent = new Agent({ keepAlive: true });
  });

  afterEach(async () => {
    agent.destroy();
    const settled = await server.settled(0);
    await server.close();
    expect(settled).toBe(true);
  });

  it('stores, reads, lists and deletes', async () => {
    const body = randomBytes(3 * MIB);
    expect(await send('PUT', '/b/a%20b', body)).toMatchObject({ status: 200 });
    const read = await send('GET', '/b/a%20b');
    expect(read.status).toBe(200);
    expect(read.body.equals(body)).toBe(true);
    expect((await send('GET', '/b?list-type=2')).body.toString()).toContain('<Key>a b</Key>');
    expect(await send('DELETE', '/b/a%20b')).toMatchObject({ status: 204 });
    expect(await send('GET', '/b/a%20b')).toMatchObject({ status: 404 });
    expect(server.counts).toMatchObject({ total: 1, most: 1 });
    expect(server.seen('PUT')[0]).toMatchObject({
      key: 'a b',
      bodyBytes: body.length,
      turn: 0,
      connection: 1,
    });
  });

  it('loses the reply of a request that had its effect', async () => {
    server.next({ sends: 'nothing', then: 'reset' });
    await expect(send('PUT', '/b/a', Buffer.from('x'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(server.s3.objects.has('a')).toBe(true);
  });

  it('resets in the middle of an answer, after what came before has arrived', async () => {
    server.s3.seed('a', randomBytes(64 * KIB));
    server.next({ sends: 'half', then: 'reset' });
    const { status, failed, body } = await send('GET', '/b/a');
    expect({ status, failed }).toEqual({ status: 200, failed: 'ECONNRESET' });
    expect(body.length).toBe(32 * KIB);
  });

  it('answers before the body is read, and drops the rest', async () => {
    server.next({ reads: 'head', answer: refusal(412, 'PreconditionFailed'), then: 'drop' });
    await send('PUT', '/b/a', randomBytes(8 * MIB)).then(
      ({ status }) => expect(status).toBe(412),
      (error: NodeJS.ErrnoException) => expect(['ECONNRESET', 'EPIPE']).toContain(error.code),
    );
    expect(server.requests[0]?.bodyBytes).toBe(0);
    expect(server.s3.objects.size).toBe(0);
  });

  it('stalls until it is released', async () => {
    server.next({ sends: 'head', then: 'stall' });
    server.s3.seed('a', 'abc');
    const work = send('GET', '/b/a');
    await expect(within(work, 'the answer', 200)).rejects.toThrow('did not end');
    expect(server.counts.busy).toBe(1);
    agent.destroy();
    await work.catch(() => undefined);
  });

  it('meets only what fits, and as often as it is told', async () => {
    server.next({ method: 'HEAD', key: 'a', times: 2, answer: refusal(503, 'SlowDown') });
    const asked = ['HEAD', 'GET', 'HEAD', 'HEAD'] as const;
    const statuses: number[] = [];
    for (const method of asked) statuses.push((await send(method, '/b/a')).status);
    expect(statuses).toEqual([503, 404, 503, 404]);
  });

  it('refuses connections, resets them and takes them in silence', async () => {
    server.nextConnection('reset').nextConnection('silent');
    await expect(send('GET', '/b/a')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(within(send('GET', '/b/a'), 'the answer', 100)).rejects.toThrow('did not end');
    server.refuse();
    await expect(send('GET', '/b/a')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each([
    ['a certificate nobody vouches for', {}, false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['a certificate that is trusted', {}, true, undefined],
    ['a certificate for another host', { host: 'elsewhere.test' }, true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['a certificate whose time is over', { days: [-3, -2] as const }, true, 'CERT_HAS_EXPIRED'],
  ])('speaks TLS with %s', async (_, options, trusted, code) => {
    const identity = selfSigned(options);
    const secure = await FaultServer.start(identity);
    try {
      const outcome = await new Promise((resolve) => {
        getSecure(
          `${secure.endpoint}/b/a`,
          { agent: false, ...(trusted && { ca: identity.cert }) },
          (answer) => {
            answer.resume().once('close', () => resolve(undefined));
          },
        ).once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      expect(outcome).toBe(code);
      expect(await secure.settled(0)).toBe(true);
    } finally {
      await secure.close();
    }
  });

  function send(
    method: string,
    path: string,
    body?: Buffer,
  ): Promise<{ status: number; body: Buffer; failed?: string | undefined }> {
    return new Promise((resolve, reject) => {
      const outgoing = request(server.endpoint + path, { method, agent }, (answer) => {
        const chunks: Buffer[] = [];
        let failed: string | undefined;
        outgoing.off('error', reject).on('error', () => undefined);
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', (error: NodeJS.ErrnoException) => (failed = error.code));
        answer.once('close', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks), failed }),
        );
      });
      outgoing.once('error', reject);
      if (body) outgoing.setHeader('content-length', body.length);
      outgoing.end(body);
    });
  }
});
