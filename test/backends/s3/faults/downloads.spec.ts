import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { Fault, SeenRequest } from '../../../faults/fault.js';
import type { Answer } from '../../../faults/http-message.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { KIB, MIB, readAll } from '../../../support/bodies.js';
import { failure } from '../../../support/errors.js';
import { within } from '../../../support/within.js';
import { useFolder } from '../../../transfer/support/folders.js';
import { openIn } from '../../../transfer/support/open-in.js';
import { SHORT, usePatientServer } from './patient-server.js';

const content = randomBytes(3 * MIB + 5);
const other = randomBytes(content.length);
const parts = { partSize: 512 * KIB, concurrency: 3 };
const part = (n: number) => (request: SeenRequest) =>
  request.headers['range']?.startsWith(`bytes=${n * parts.partSize}-`) ?? false;
const withHeaders =
  (headers: Record<string, string>) =>
  (due: Answer): Answer => ({ ...due, headers: { ...due.headers, ...headers } });

describe('a download from a server that breaks', () => {
  const bench = usePatientServer();
  const folder = useFolder();
  const seed = (body = content, headers: Record<string, string> = {}) =>
    bench.server.s3.seed('k', body, headers);
  const gets = () => bench.server.seen('GET');
  const got = () => readFileSync(folder.at('a'));

  it.each<[string, Fault, number?]>([
    ['resets a part before its headers', { match: part(2), sends: 'nothing', then: 'reset' }],
    ['resets every part in its middle', { method: 'GET', times: 7, sends: 'half', then: 'reset' }],
    ['ends every part in its middle', { method: 'GET', times: 7, sends: 'half', then: 'end' }],
    ['stalls in a part', { match: part(1), sends: 'half', then: 'stall' }],
    ['is busy', { method: 'GET', times: 4, answer: refusal(503, 'SlowDown') }],
    ['fails', { method: 'GET', times: 4, answer: refusal(500, 'InternalError') }],
    ['is slow', { method: 'GET', times: 7, pace: { bytes: 128 * KIB, everyMs: 10 } }],
  ])('%s: the file is whole', async (_, fault) => {
    seed();
    bench.server.next(fault);
    const result = await within(bench.open(SHORT).download('k', { to: folder.at('a'), ...parts }), 'it');
    expect(result).toMatchObject({ bytes: content.length, verified: 'crc32' });
    expect(got().equals(content)).toBe(true);
    expect(folder.names()).toEqual(['a']);
  });

  it.each<[string, Fault, string, string | undefined]>([
    [
      'answers with another range',
      { match: part(1), answer: withHeaders({ 'content-range': `bytes 0-524287/${content.length}` }) },
      'INTEGRITY',
      'range',
    ],
    [
      'answers with all of it instead of a range',
      {
        match: part(1),
        answer: (due) => ({
          ...withHeaders({ 'content-length': String(content.length) })(due),
          status: 200,
          body: content,
        }),
      },
      'INTEGRITY',
      'range',
    ],
    [
      'flips a bit',
      { match: part(3), answer: (due) => ({ ...due, body: flipped(due.body as Buffer) }) },
      'INTEGRITY',
      'checksum',
    ],
    [
      'sends heads only',
      { match: part(3), times: Infinity, sends: 'head', then: 'reset' },
      'UNAVAILABLE',
      'connection',
    ],
    [
      'refuses a part',
      { match: part(3), answer: refusal(403, 'AccessDenied') },
      'PERMISSION_DENIED',
      undefined,
    ],
  ])('%s: nothing is left', async (_, fault, code, reason) => {
    seed();
    for (const resume of [false, true]) {
      bench.server.heal().next(fault);
      const to = folder.at('a');
      const error = await failure(bench.storage.download('k', { to, ...parts, resume }), 10_000);
      expect(error).toMatchObject({ code, ...(reason !== undefined && { reason }), key: 'k' });
      expect(openIn(folder.path)).toEqual([]);
      if (!resume || code === 'INTEGRITY') expect(folder.names()).toEqual([]);
      else expect(folder.names()).toEqual(['a.stowage-part', 'a.stowage-part.json']);
    }
  });

  it('begins anew when the object is replaced between two parts, and mixes nothing', async () => {
    for (const resume of [false, true]) {
      seed();
      bench.server.next({
        match: part(4),
        answer: () => (seed(other), refusal(412, 'PreconditionFailed')),
      });
      const result = await bench.storage.download('k', { to: folder.at('a'), ...parts, resume });
      expect(result.info.etag).toBe(bench.etag('k'));
      expect(got().equals(other)).toBe(true);
      if (resume) expect(result.startedOver).toBe('changed');
    }
    seed();
    const memory = Buffer.alloc(content.length);
    bench.server.next({ match: part(4), answer: () => (seed(other), refusal(412, 'PreconditionFailed')) });
    await bench.storage.download('k', { to: memory, ...parts });
    expect(memory.equals(other)).toBe(true);
  });

  it('gives up on an object that never stays the same', async () => {
    seed();
    bench.server.next({
      match: part(1),
      times: Infinity,
      answer: () => (seed(randomBytes(content.length)), refusal(412, 'PreconditionFailed')),
    });
    const error = await failure(bench.storage.download('k', { to: folder.at('a'), ...parts }));
    expect(error).toMatchObject({ code: 'PRECONDITION_FAILED', reason: 'changed' });
    expect(bench.server.seen('HEAD')).toHaveLength(6);
    expect(folder.names()).toEqual([]);
  });

  it('does not take another content than the one that was asked for', async () => {
    const { etag } = seed();
    bench.server.next({ match: part(4), answer: () => (seed(other), refusal(412, 'PreconditionFailed')) });
    const download = bench.storage.download('k', { to: folder.at('a'), ...parts, ifMatch: etag });
    expect(await failure(download)).toMatchObject({ code: 'PRECONDITION_FAILED', reason: 'changed' });
    expect(bench.server.seen('HEAD')).toHaveLength(1);
  });

  it('of an object that is deleted meanwhile is NOT_FOUND', async () => {
    seed();
    bench.server.next({
      match: part(4),
      answer: () => (bench.server.s3.objects.delete('k'), refusal(404, 'NoSuchKey')),
    });
    const error = await failure(bench.storage.download('k', { to: folder.at('a'), ...parts }));
    expect(error.code).toBe('NOT_FOUND');
    expect(folder.names()).toEqual([]);
  });

  it('into a stream goes on after a break, and fails when the object was replaced', async () => {
    seed();
    bench.server.next({ method: 'GET', sends: 'half', then: 'reset' });
    const to = new PassThrough();
    const reading = readAll(to);
    expect(await bench.storage.download('k', { to })).toMatchObject({ verified: 'crc32' });
    expect((await reading).equals(content)).toBe(true);

    bench.server.next({ method: 'GET', sends: 'half', then: 'stall' });
    const second = new PassThrough();
    second.once('data', () => seed(other)).resume();
    const error = await failure(bench.open(SHORT).download('k', { to: second }));
    expect(error).toMatchObject({ code: 'PRECONDITION_FAILED', reason: 'changed' });
    expect(second.destroyed).toBe(true);
  });

  it('goes on from what is there, and fetches nothing of it again', async () => {
    seed();
    bench.server.next({ match: part(5), answer: refusal(403, 'AccessDenied') });
    const to = folder.at('a');
    await failure(bench.storage.download('k', { to, ...parts, resume: true }));
    const before = bench.server.heal().requests.length;
    const result = await bench.storage.download('k', { to, ...parts, resume: true });
    expect(got().equals(content)).toBe(true);
    const again = bench.server.requests.slice(before).filter(({ method }) => method === 'GET');
    const { resumedFrom = 0 } = result;
    expect(again.reduce((sum, { headers }) => sum + lengthOf(headers['range']), 0)).toBe(
      content.length - resumedFrom,
    );
    expect(folder.names()).toEqual(['a']);
  });

  it('of an object with a weak ETag comes by one request, and mixes nothing', async () => {
    for (const resume of [false, true]) {
      // Nothing but the ETag tells the two contents apart.
      const composite = { 'x-amz-checksum-crc32': 'AAAAAA==-3', 'x-amz-checksum-type': 'COMPOSITE' };
      seed(content, composite);
      const before = gets().length;
      const weak = withHeaders({ etag: 'W/"1"' });
      bench.server
        .heal()
        .next({ match: part(2), answer: (due) => (seed(other, composite), weak(due)) })
        .next({ times: Infinity, answer: weak });
      const to = folder.at('a');
      const result = await bench.storage.download('k', { to, ...parts, resume });
      expect(result).toMatchObject({ bytes: content.length, info: { etag: 'W/"1"' } });
      expect(got().equals(content)).toBe(true);
      expect(gets().length - before).toBe(1);
      expect(folder.names()).toEqual(['a']);
    }
  });

  it('of an object with a weak ETag keeps nothing when it fails, and takes nothing that was kept', async () => {
    seed();
    bench.server.next({ match: part(3), answer: refusal(403, 'AccessDenied') });
    const to = folder.at('a');
    const options = { to, ...parts, resume: true };
    await failure(bench.storage.download('k', options));
    expect(folder.names()).toEqual(['a.stowage-part', 'a.stowage-part.json']);
    const weak = withHeaders({ etag: `W/${bench.server.s3.objects.get('k')!.etag}` });
    bench.server.heal().next({ method: 'GET', answer: weak, sends: 'half', then: 'reset' });
    bench.server.next({ times: Infinity, answer: weak });
    expect(await failure(bench.storage.download('k', options))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(folder.names()).toEqual([]);
    const result = await bench.storage.download('k', options);
    expect(result).toMatchObject({ resumedFrom: 0, verified: 'crc32' });
    expect(got().equals(content)).toBe(true);
  });

  it('with a SHA-256 and with a checksum of parts says what it compared', async () => {
    const sha256 = createHash('sha256').update(content).digest('base64');
    const object = seed();
    bench.server.s3.objects.set('k', { ...object, headers: { 'x-amz-checksum-sha256': sha256 } });
    const to = folder.at('a');
    expect((await bench.storage.download('k', { to, ...parts })).verified).toBe('sha256');
    seed(content, { 'x-amz-checksum-crc32': 'AAAAAA==-3', 'x-amz-checksum-type': 'COMPOSITE' });
    const result = await bench.storage.download('k', { to, ...parts });
    expect(result.verified).toBeUndefined();
    expect(got().equals(content)).toBe(true);
  });

  it('asks for a small object once, and for a large one at once in parts', async () => {
    bench.server.s3.seed('s', randomBytes(MIB));
    await bench.storage.download('s', { to: folder.at('s') });
    expect(gets()).toHaveLength(1);
    const large = randomBytes(17 * MIB);
    bench.server.s3.seed('l', large);
    await bench.storage.download('l', { to: folder.at('l') });
    expect(
      gets()
        .slice(1)
        .map(({ headers }) => headers['range']),
    ).toHaveLength(3);
    expect(readFileSync(folder.at('l')).equals(large)).toBe(true);
    expect(bench.server.counts.most).toBeLessThanOrEqual(4);
  });
});

function lengthOf(range: string | undefined): number {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return Number(end) - Number(start) + 1;
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}
