import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { selfSigned } from '../../../faults/certificate.js';
import { MIB } from '../../../support/bodies.js';
import { operations } from './operations.js';
import { usePatientServer } from './patient-server.js';
import { LIMITS, outcomeOf, SEEDED } from './support.js';

const good = selfSigned();

describe('a server with TLS', () => {
  const bench = usePatientServer(good);

  it.each(Object.entries(operations))('that is trusted is spoken to: %s', async (_, { run, done }) => {
    const storage = bench.open({ ca: good.cert });
    expect((await outcomeOf(run(storage, bench))).code).toBe('ok');
    expect(done?.(bench) ?? true).toBe(true);
  });

  it('is believed as soon as it has a body of any size', async () => {
    const storage = bench.open({ ca: good.cert });
    for (const size of [20_000, 200_000, MIB, MIB + 1, 3 * MIB]) {
      const body = randomBytes(size);
      for (let i = 0; i < 20; i++) expect((await outcomeOf(storage.put('n', body))).code).toBe('ok');
    }
    expect(bench.server.seen('PUT')).toHaveLength(100);
  });

  it.each(['UNAVAILABLE'])('that nobody vouches for is %s, at once', async (code) => {
    for (const { run } of Object.values(operations)) {
      expect(await outcomeOf(run(bench.storage, bench))).toMatchObject({ code, reason: 'tls' });
    }
    expect(bench.server.seen()).toHaveLength(0);
  });

  it('that says nothing in the handshake is TIMEOUT', async () => {
    bench.server.nextConnection('silent', 100);
    const { code, reason, ms } = await outcomeOf(bench.open({ ...LIMITS, ca: good.cert }).bytes('a'));
    expect({ code, reason }).toEqual({ code: 'TIMEOUT', reason: 'connect' });
    expect(ms).toBeLessThan(7_000);
  });

  it('that breaks off in the handshake is UNAVAILABLE, and asked again', async () => {
    bench.server.nextConnection('reset').nextConnection('end');
    const storage = bench.open({ ca: good.cert });
    expect(await storage.text('a')).toBe(SEEDED.a);
    bench.server.nextConnection('reset', 100);
    bench.server.closeIdle();
    expect((await outcomeOf(bench.open({ ca: good.cert }).bytes('a'))).code).toBe('UNAVAILABLE');
  });

  it('is not told that an aborted handshake matters', async () => {
    bench.server.nextConnection('silent', 100);
    const controller = new AbortController();
    const storage = bench.open({ ca: good.cert });
    const work = outcomeOf(storage.bytes('a', { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    const { code, ms } = await work;
    expect(code).toBe('ABORTED');
    expect(ms).toBeLessThan(4_000);
  });

  it('gets bodies unsigned, under TLS, with a checksum', async () => {
    const body = randomBytes(4 * MIB);
    const storage = bench.open({ ca: good.cert });
    await storage.put('n', body);
    expect((await storage.bytes('n')).equals(body)).toBe(true);
    expect(bench.server.seen('PUT')[0]?.headers).toMatchObject({
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-amz-checksum-crc32': expect.any(String),
    });
  });
});

describe.each([
  ['of another host', selfSigned({ host: 'elsewhere.test' })],
  ['whose time is over', selfSigned({ days: [-3, -2] })],
  ['whose time has not come', selfSigned({ days: [2, 3] })],
])('a certificate %s', (_, identity) => {
  const bench = usePatientServer(identity);

  it('is refused at once, though it is trusted', async () => {
    const { code, reason } = await outcomeOf(bench.open({ ca: identity.cert }).bytes('a'));
    expect({ code, reason }).toEqual({ code: 'UNAVAILABLE', reason: 'tls' });
    // Not tried again: that shows, and no time.
    expect(bench.server.counts.total).toBe(1);
  });
});

describe('a server without TLS', () => {
  const bench = usePatientServer();

  it('that is asked with it ends in time', async () => {
    const storage = bench.open({
      ...LIMITS,
      endpoint: bench.server.endpoint.replace('http:', 'https:'),
      maxAttempts: 2,
    });
    // This one waits for a line to end; others answer in plain text.
    expect(await outcomeOf(storage.bytes('a'))).toMatchObject({ code: 'TIMEOUT', reason: 'connect' });
  });
});
