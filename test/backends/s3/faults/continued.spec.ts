import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Fault } from '../../../faults/fault.js';
import type { Answer } from '../../../faults/http-message.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { KIB, MIB, readAll, released } from '../../../support/bodies.js';
import { failure } from '../../../support/errors.js';
import { until } from '../../../support/until.js';
import { sleep, within } from '../../../support/within.js';
import { SHORT, usePatientServer } from './patient-server.js';

const content = randomBytes(3 * MIB + 7);
const other = randomBytes(content.length);
const half: Fault = { method: 'GET', key: 'k', sends: 'half', then: 'reset' };
const withHeaders =
  (headers: Record<string, string>) =>
  (due: Answer): Answer => ({ ...due, headers: { ...due.headers, ...headers } });

describe.each(['auto', 'sdk'] as const)('a body that breaks off, with requests: %s,', (requests) => {
  const bench = usePatientServer();
  const open = (kept = content, headers: Record<string, string> = {}) => {
    bench.server.s3.seed('k', kept, headers);
    return bench.open({ requests, ...SHORT });
  };
  const ranges = () => bench.server.seen('GET').map(({ headers }) => headers['range']);

  it.each<[string, Fault]>([
    ['a reset', half],
    ['an end', { ...half, then: 'end' }],
    ['a reset right after the headers', { ...half, sends: 'head' }],
    ['a stall', { ...half, then: 'stall' }],
  ])('by %s goes on with the rest of the same object', async (_, fault) => {
    const storage = open();
    bench.server.next(fault);
    expect((await within(storage.bytes('k'))).equals(content)).toBe(true);
    const [, second] = bench.server.seen('GET');
    expect(bench.server.seen('GET')).toHaveLength(2);
    expect(second?.headers['if-match']).toBe(bench.server.s3.objects.get('k')?.etag);
    expect(second?.headers['range']).toMatch(new RegExp(`^bytes=\\d+-${content.length - 1}$`));
  });

  it('again and again goes on as long as something comes each time', async () => {
    const storage = open();
    bench.server.next({ ...half, times: 12 });
    expect((await within(storage.bytes('k'), 'the read', 15_000)).equals(content)).toBe(true);
    expect(bench.server.seen('GET')).toHaveLength(13);
    const starts = ranges().map((range) => Number(/\d+/.exec(range ?? '0')?.[0]));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  it('and gives nothing any more ends after as many tries as the limits allow', async () => {
    const storage = open();
    bench.server.next(half).next({ ...half, times: Infinity, sends: 'head' });
    const error = await failure(storage.bytes('k'));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: 'connection' });
    expect(bench.server.seen('GET')).toHaveLength(4);
  });

  it('in a range goes on with the rest of the range', async () => {
    const storage = open();
    bench.server.next(half);
    const range = { start: 1000, end: 2 * MIB };
    expect((await storage.bytes('k', { range })).equals(content.subarray(1000, 2 * MIB + 1))).toBe(true);
    expect(ranges()[1]).toMatch(new RegExp(`-${2 * MIB}$`));
    bench.server.next(half);
    const suffix = 2 * MIB;
    expect((await storage.bytes('k', { range: { suffix } })).equals(content.subarray(-suffix))).toBe(true);
  });

  it('goes on through a server that is busy', async () => {
    const storage = open();
    bench.server.next(half).next({ method: 'GET', key: 'k', times: 2, answer: refusal(503, 'SlowDown') });
    expect((await storage.bytes('k')).equals(content)).toBe(true);
  });

  it('fails with what the server says when that is final', async () => {
    const storage = open();
    bench.server.next(half).next({ method: 'GET', key: 'k', times: 9, answer: refusal(403, 'AccessDenied') });
    expect(await failure(storage.bytes('k'))).toMatchObject({ code: 'PERMISSION_DENIED', key: 'k' });
  });

  it('of an object that was replaced fails, and mixes nothing', async () => {
    const storage = open();
    bench.server.next({ ...half, then: 'stall' });
    const { body } = await storage.get('k');
    const given: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of body) given.push(chunk as Buffer);
    })();
    bench.server.s3.seed('k', other);
    const error = await failure(reading);
    expect(error).toMatchObject({ code: 'PRECONDITION_FAILED', reason: 'changed' });
    const got = Buffer.concat(given);
    expect(got.equals(content.subarray(0, got.length))).toBe(true);
  });

  it('of an object that was deleted fails', async () => {
    const storage = open();
    bench.server.next({ ...half, then: 'stall' });
    const { body } = await storage.get('k');
    bench.server.s3.objects.delete('k');
    expect(await failure(readAll(body))).toMatchObject({ code: 'PRECONDITION_FAILED', reason: 'changed' });
  });

  it.each<[string, (due: Answer) => Answer, string, string]>([
    ['all of it', (due) => ({ ...withHeaders({})(due), status: 200, body: content }), 'INTEGRITY', 'range'],
    [
      'another range',
      (due) => withHeaders({ 'content-range': `bytes 0-${content.length - 1}/${content.length}` })(due),
      'INTEGRITY',
      'range',
    ],
    ['another ETag', withHeaders({ etag: '"other"' }), 'PRECONDITION_FAILED', 'changed'],
  ])('and continues with %s fails', async (_, answer, code, reason) => {
    const storage = open();
    bench.server.next(half).next({
      method: 'GET',
      key: 'k',
      answer: (due) => {
        const made = answer(due);
        return {
          ...made,
          headers: { ...made.headers, 'content-length': String((made.body as Buffer).length) },
        };
      },
    });
    expect(await failure(storage.bytes('k'))).toMatchObject({ code, reason });
  });

  it('is compared as a whole: a wrong bit in the second piece is INTEGRITY', async () => {
    const storage = open();
    bench.server.next(half).next({
      method: 'GET',
      key: 'k',
      answer: (due) => ({ ...due, body: flipped(due.body as Buffer) }),
    });
    expect(await failure(storage.bytes('k'))).toMatchObject({ code: 'INTEGRITY', reason: 'checksum' });
  });

  it('of an object with a weak ETag fails as it did', async () => {
    const storage = open();
    bench.server.next({ ...half, answer: withHeaders({ etag: 'W/"1"' }) });
    expect(await failure(storage.bytes('k'))).toMatchObject({ code: 'UNAVAILABLE', reason: 'connection' });
    expect(bench.server.seen('GET')).toHaveLength(1);
  });

  it('asks for the version that it began with, and without it where that is not allowed', async () => {
    const storage = open();
    bench.server
      .next({ ...half, answer: withHeaders({ 'x-amz-version-id': 'v1' }) })
      .next({ method: 'GET', key: 'k', answer: refusal(403, 'AccessDenied') });
    expect((await storage.bytes('k')).equals(content)).toBe(true);
    expect(bench.server.seen('GET').map(({ query }) => query.get('versionId'))).toEqual([
      undefined,
      'v1',
      undefined,
    ]);
  });

  it.each(['wait', 'request'] as const)('can be destroyed during the %s for the rest', async (during) => {
    const storage = open();
    bench.server.next(half);
    if (during === 'request') bench.server.next({ ...half, sends: 'nothing', then: 'stall' });
    const { body } = await storage.get('k');
    body.on('data', () => undefined);
    await until(() => bench.server.seen('GET').length === (during === 'request' ? 2 : 1));
    await sleep(during === 'request' ? 20 : 2);
    body.destroy();
    await released(body);
    expect(await bench.server.settled()).toBe(true);
    const before = bench.server.seen('GET').length;
    await sleep(150);
    expect(bench.server.seen('GET')).toHaveLength(before);
  });

  it('ends with its signal while it waits', async () => {
    const storage = open();
    bench.server.next(half).next({ ...half, sends: 'nothing', then: 'stall' });
    const controller = new AbortController();
    const reading = failure(storage.bytes('k', { signal: controller.signal }));
    await until(() => bench.server.seen('GET').length === 2);
    controller.abort();
    expect((await reading).code).toBe('ABORTED');
  });

  it('ends with its backend', async () => {
    const storage = open();
    const { body } = await storage.get('k');
    body.once('readable', () => undefined);
    await sleep(30);
    await bench.closeAll();
    expect((await failure(readAll(body))).code).toBe('UNAVAILABLE');
  });

  it('waits for a slow reader without memory and without asking ahead', async () => {
    const storage = open();
    bench.server.next(half);
    const { body } = await storage.get('k');
    let size = 0;
    const slow = new Writable({
      highWaterMark: 64 * KIB,
      write(chunk: Buffer, _encoding, done) {
        expect(body.readableLength).toBeLessThan(MIB);
        size += chunk.length;
        setTimeout(done, 2);
      },
    });
    await within(pipeline(body, slow), 'the slow reader', 15_000);
    expect(size).toBe(content.length);
    expect(bench.server.seen('GET')).toHaveLength(2);
  });
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}
