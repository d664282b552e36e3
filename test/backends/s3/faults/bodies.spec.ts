import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { StorageErrorCode } from '../../../../src/core/error.js';
import type { Fault } from '../../../faults/fault.js';
import type { Answer } from '../../../faults/http-message.js';
import { crc32Of } from '../../../faults/tiny-s3.js';
import { MIB } from '../../../support/bodies.js';
import { expectCode } from '../../../support/errors.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf, SEEDED } from './support.js';

const content = randomBytes(100_000);
const withHeaders =
  (headers: Record<string, string>) =>
  (due: Answer): Answer => ({
    ...due,
    headers: { ...due.headers, ...headers },
  });
const without =
  (...names: readonly string[]) =>
  (due: Answer): Answer => ({
    ...due,
    headers: Object.fromEntries(Object.entries(due.headers).filter(([name]) => !names.includes(name))),
  });
/** The same content, chunked. */
const chunked = (due: Answer): Answer => ({
  ...without('content-length')(due),
  body: () => [due.body as Buffer],
});

/** `requests`: how many it takes, when that is not one. */
type Row = [
  what: string,
  fault: Fault,
  code: StorageErrorCode | 'ok',
  reason?: string | undefined,
  requests?: number,
];

const rows: Row[] = [
  ['breaks off by a reset', { sends: 'half', then: 'reset' }, 'ok', undefined, 2],
  ['ends early', { sends: 'half', then: 'end' }, 'ok', undefined, 2],
  ['breaks off right after its headers', { sends: 'head', then: 'reset' }, 'ok', undefined, 2],
  [
    'is chunked and says no length, so that its end would not be known from a loss',
    { answer: chunked },
    'INTEGRITY',
    'protocol',
  ],
  [
    'has no length at all and ends with its connection',
    {
      bytes: (bytes) =>
        Buffer.from(bytes.toString('latin1').replace(/content-length: \d+\r\n/, ''), 'latin1'),
      sends: 'half',
      then: 'end',
    },
    'INTEGRITY',
    'protocol',
  ],
  [
    'is longer than it says',
    { answer: withHeaders({ 'content-length': '99999' }), then: 'end' },
    'INTEGRITY',
  ],
  [
    'is shorter than it says',
    { answer: withHeaders({ 'content-length': '100001' }), then: 'end' },
    'PRECONDITION_FAILED',
    'changed',
    2,
  ],
  [
    'has another CRC32 than the server keeps',
    { answer: withHeaders({ 'x-amz-checksum-crc32': crc32Of(Buffer.from('other')) }) },
    'INTEGRITY',
    'checksum',
  ],
  [
    'has one wrong bit',
    { answer: (due) => ({ ...due, body: flipped(due.body as Buffer) }) },
    'INTEGRITY',
    'checksum',
  ],
  [
    'has a checksum of its parts, which says nothing of the whole',
    { answer: withHeaders({ 'x-amz-checksum-crc32': 'AAAAAA==-3', 'x-amz-checksum-type': 'COMPOSITE' }) },
    'ok',
  ],
  [
    'has a checksum of its parts without saying so',
    { answer: withHeaders({ 'x-amz-checksum-crc32': 'AAAAAA==-3' }) },
    'ok',
  ],
  ['has no checksum', { answer: without('x-amz-checksum-crc32') }, 'ok'],
  [
    'has another ETag than its MD5, which is no hash to rely on',
    { answer: withHeaders({ etag: '"0123-7"' }) },
    'ok',
  ],
  ['has no ETag', { answer: without('etag') }, 'INTEGRITY', 'protocol'],
  ['says gzip and is plain: bytes are bytes', { answer: withHeaders({ 'content-encoding': 'gzip' }) }, 'ok'],
  ['comes byte by byte at its end', { pace: { bytes: 60_000, everyMs: 20 } }, 'ok'],
  [
    'comes with HTTP/1.0',
    { bytes: (bytes) => Buffer.concat([Buffer.from('HTTP/1.0'), bytes.subarray(8)]), then: 'end' },
    'ok',
  ],
];

describe('the content of an answer', () => {
  const bench = usePatientServer();

  it.each(rows.map(([what, ...row]) => [what, row] as const))(
    '%s',
    async (_, [fault, code, reason, requests = 1]) => {
      bench.server.s3.seed('k', content);
      bench.server.next({ ...fault, key: 'k' });
      const chunks: Buffer[] = [];
      const read = async () => {
        const { body } = await bench.storage.get('k');
        for await (const chunk of body) chunks.push(chunk as Buffer);
      };
      const outcome = await outcomeOf(read());
      expect(outcome).toMatchObject({ code, ...(reason !== undefined && { reason }) });
      if (code === 'ok') expect(Buffer.concat(chunks).equals(content)).toBe(true);
      // What was said to be wrong is not asked for again behind the reader's back.
      expect(bench.server.seen()).toHaveLength(requests);
      expect(await bench.storage.text('a')).toBe(SEEDED.a);
    },
  );

  it('that was compressed by whoever stored it comes as it is', async () => {
    const packed = gzipSync(content);
    bench.server.s3.seed('k', packed, { 'content-encoding': 'gzip' });
    const { info, body } = await bench.storage.get('k');
    body.destroy();
    expect(info).toMatchObject({ contentEncoding: 'gzip', size: packed.length });
    expect((await bench.storage.bytes('k')).equals(packed)).toBe(true);
  });

  it('is compared in whole, also when it is large', async () => {
    const large = randomBytes(8 * MIB);
    bench.server.s3.seed('k', large);
    bench.server.next({ answer: (due) => ({ ...due, body: flipped(due.body as Buffer) }) });
    await expectCode(bench.storage.bytes('k'), 'INTEGRITY');
    expect((await bench.storage.bytes('k')).equals(large)).toBe(true);
  });
});

describe('the answer to a range', () => {
  const bench = usePatientServer();
  const range = { start: 10, end: 19 };
  const wrong: readonly [string, Fault][] = [
    [
      'is the whole object',
      { answer: (due) => ({ ...due, status: 200, headers: { etag: due.headers['etag']! }, body: content }) },
    ],
    ['is another range', { answer: withHeaders({ 'content-range': 'bytes 11-20/100000' }) }],
    [
      'is longer than was asked for',
      {
        answer: (due) => ({
          ...withHeaders({ 'content-range': 'bytes 10-29/100000', 'content-length': '20' })(due),
          body: content.subarray(10, 30),
        }),
      },
    ],
    [
      'is shorter than was asked for',
      {
        answer: (due) => ({
          ...withHeaders({ 'content-range': 'bytes 10-14/100000', 'content-length': '5' })(due),
          body: content.subarray(10, 15),
        }),
      },
    ],
    ['has no Content-Range', { answer: without('content-range') }],
    ['has a Content-Range without a total', { answer: withHeaders({ 'content-range': 'bytes 10-19/*' }) }],
    [
      'has another length than its Content-Range',
      {
        answer: (due) => ({ ...withHeaders({ 'content-length': '9' })(due), body: content.subarray(10, 19) }),
      },
    ],
    ['has a Content-Range that is none', { answer: withHeaders({ 'content-range': 'pages 1-2' }) }],
  ];

  it.each(wrong)('%s: INTEGRITY', async (_, fault) => {
    bench.server.s3.seed('k', content);
    bench.server.next({ ...fault, key: 'k' });
    await expectCode(bench.storage.bytes('k', { range }), 'INTEGRITY');
    expect((await bench.storage.bytes('k', { range })).equals(content.subarray(10, 20))).toBe(true);
  });

  it('breaks off: UNAVAILABLE when it goes on doing so', async () => {
    bench.server.s3.seed('k', content);
    bench.server.next({ times: Infinity, key: 'k', sends: 'head', then: 'reset' });
    await expectCode(bench.storage.bytes('k', { range: { suffix: 90_000 } }), 'UNAVAILABLE');
  });
});

describe('the answer to an upload', () => {
  const bench = usePatientServer();

  it.each<[string, Fault, StorageErrorCode | 'ok']>([
    [
      'another CRC32 than was sent',
      { answer: withHeaders({ 'x-amz-checksum-crc32': 'AAAAAA==' }) },
      'INTEGRITY',
    ],
    ['no checksum', { answer: without('x-amz-checksum-crc32') }, 'ok'],
    ['no ETag, so that it is asked for', { answer: without('etag') }, 'ok'],
    ['a body that nobody asked for', { answer: (due) => ({ ...due, body: Buffer.from('<Hello/>') }) }, 'ok'],
    [
      'a body that breaks off',
      { answer: (due) => ({ ...due, body: Buffer.alloc(1000) }), sends: 'half', then: 'reset' },
      'ok',
    ],
  ])('has %s', async (_, fault, code) => {
    bench.server.next({ ...fault, method: 'PUT' });
    const work = bench.storage.put('n', content);
    expect((await outcomeOf(work)).code).toBe(code);
    if (code === 'ok') expect(await work).toMatchObject({ size: content.length, etag: bench.etag('n') });
    expect(bench.server.seen('PUT')).toHaveLength(1);
  });

  it('is asked to judge the body by its checksum', async () => {
    await bench.storage.put('n', content);
    expect(bench.server.seen('PUT')[0]?.headers['x-amz-checksum-crc32']).toBe(crc32Of(content));
  });
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}
