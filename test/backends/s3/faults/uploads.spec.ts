import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import type { BegunUpload, UploadedPart } from '../../../../src/core/part-store.js';
import type { StorageService } from '../../../../src/storage/storage.service.js';
import type { Fault } from '../../../faults/fault.js';
import { bare, refusal, xml } from '../../../faults/tiny-s3-answers.js';
import { expectCode, failure } from '../../../support/errors.js';
import { within } from '../../../support/within.js';
import { SHORT, usePatientServer } from './patient-server.js';
import { type FaultBench } from './support.js';

const isPart: NonNullable<Fault['match']> = ({ method, query }) =>
  method === 'PUT' && query.has('partNumber');
const isComplete: NonNullable<Fault['match']> = ({ method, query }) =>
  method === 'POST' && query.has('uploadId');
const BODY = Buffer.from('the body of a part');
const SLOW = 8_000;

interface Begun extends BegunUpload {
  readonly uploads: MultipartUploads;
  readonly parts: UploadedPart[];
}

async function begun(storage: StorageService, key = 'n'): Promise<Begun> {
  const uploads = storage.as(MultipartUploads);
  const upload = await uploads.begin(key, { metadata: { own: 'x' }, contentType: 'text/plain' });
  return { ...upload, uploads, parts: [await uploads.putPart(key, upload.uploadId, 1, BODY)] };
}

const seen = (bench: FaultBench, match: NonNullable<Fault['match']>) => bench.server.requests.filter(match);
const stored = (bench: FaultBench, key = 'n') => bench.server.s3.objects.get(key)?.body.toString();

describe.each(['own', 'sdk'] as const)('the end of an upload, sent by %s requests', (path) => {
  const bench = usePatientServer();
  const open = () => bench.open({ ...SHORT, requests: path === 'sdk' ? 'sdk' : 'auto' });
  const complete = ({ uploads, key, uploadId, parts, token }: Begun, options = {}) =>
    uploads.complete(key, uploadId, parts, { token, ...options });

  it('tells the object, with its metadata and the checksum of all of it', async () => {
    const info = await complete(await begun(open()));
    expect(info).toMatchObject({
      key: 'n',
      size: BODY.length,
      contentType: 'text/plain',
      metadata: { own: 'x' },
      checksum: { algorithm: 'crc32' },
    });
    const [request] = seen(bench, isComplete);
    expect(request?.headers).toMatchObject({ 'x-amz-checksum-type': 'FULL_OBJECT' });
  });

  it('is a success when its answer was lost', async () => {
    const upload = await begun(open());
    bench.server.next({ match: isComplete, acts: true, sends: 'nothing', then: 'reset' });
    expect((await complete(upload)).etag).toBe(bench.etag('n'));
    expect(stored(bench)).toBe(BODY.toString());
  });

  it('is a success when its answer was lost and the next one is NoSuchUpload', async () => {
    const upload = await begun(open());
    bench.server
      .next({ match: isComplete, acts: true, sends: 'nothing', then: 'reset' })
      .next({ method: 'HEAD', answer: bare(500) })
      .next({ method: 'HEAD', answer: bare(500) });
    await complete(upload).catch(() => undefined);
    expect((await complete(upload)).etag).toBe(bench.etag('n'));
  });

  it.each([
    ['InternalError inside a 200', xml(200, '<Error><Code>InternalError</Code></Error>')],
    ['500 InternalError', refusal(500, 'InternalError')],
    ['503 SlowDown', refusal(503, 'SlowDown')],
    ['the page of a proxy', { ...bare(502), body: Buffer.from('<html>Bad Gateway</html>') }],
    ['a refusal of parts that are there', refusal(400, 'InvalidPart')],
  ])('is sent again after %s', async (_, answer) => {
    const upload = await begun(open());
    bench.server.next({ match: isComplete, acts: false, answer });
    expect((await complete(upload)).size).toBe(BODY.length);
    expect(seen(bench, isComplete)).toHaveLength(2);
  });

  it('is sent again after a longer pause when the server may still work at it', async () => {
    const upload = await begun(open());
    bench.server.next({ match: isComplete, acts: false, then: 'stall', sends: 'nothing' });
    expect((await complete(upload)).size).toBe(BODY.length);
    const [first, second] = seen(bench, isComplete);
    // The request has 2,000 ms at most, and the pause one second at least.
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(2_500);
  }, 20_000);

  it.each([
    ['refusals', {}, refusal(409, 'InvalidRequest')],
    ['that there is nothing to match', { ifMatch: '0'.repeat(32) }, refusal(404, 'NoSuchKey')],
  ])(
    'does not know its outcome when the answer is late and the next ones are %s',
    async (_, options, answer) => {
      const upload = await begun(open());
      bench.server
        .next({ match: isComplete, acts: false, then: 'stall', sends: 'nothing' })
        .next({ match: isComplete, acts: false, answer, times: Infinity });
      await expectCode(complete(upload, options), 'OUTCOME_UNKNOWN');
      expect(bench.server.s3.uploads.pending.size).toBe(1);
    },
    20_000,
  );

  it('does not know its outcome when it is aborted before a further try', async () => {
    const upload = await begun(open());
    const aborting = new AbortController();
    bench.server
      .next({ match: isComplete, acts: false, then: 'stall', sends: 'nothing' })
      // While it is looked whether the upload is still there: what comes then is the pause.
      .next({
        match: ({ method, query }) => method === 'GET' && query.has('uploadId'),
        answer: (due) => {
          setTimeout(() => aborting.abort(), 200);
          return due;
        },
      });
    await expectCode(complete(upload, { signal: aborting.signal }), 'OUTCOME_UNKNOWN');
    expect(bench.server.s3.uploads.pending.size).toBe(1);
    expect(seen(bench, isComplete)).toHaveLength(1);
  }, 20_000);

  it('gives up when parts that are there are refused for ever', async () => {
    const upload = await begun(open());
    bench.server.next({
      match: isComplete,
      times: Infinity,
      acts: false,
      answer: refusal(400, 'InvalidPart'),
    });
    await expectCode(complete(upload), 'INVALID_ARGUMENT');
    expect(seen(bench, isComplete)).toHaveLength(4);
  });

  it('fails with the first error when it never succeeds, and leaves the upload', async () => {
    const upload = await begun(open());
    bench.server.next({
      match: isComplete,
      times: Infinity,
      acts: false,
      answer: xml(200, '<Error><Code>AccessDenied</Code></Error>'),
    });
    await expectCode(complete(upload), 'PERMISSION_DENIED');
    expect(bench.server.s3.uploads.pending.size).toBe(1);
    expect(stored(bench)).toBeUndefined();
  });

  it('does not know its outcome when another writer came between', async () => {
    const upload = await begun(open());
    bench.server.next({
      match: isComplete,
      acts: true,
      sends: 'nothing',
      then: 'reset',
      answer: (due) => {
        bench.server.s3.seed('n', 'of another');
        return due;
      },
    });
    await expectCode(complete(upload), 'OUTCOME_UNKNOWN');
    expect(stored(bench)).toBe('of another');
  });

  it('is a success although another writer has replaced the object since', async () => {
    const upload = await begun(open());
    bench.server.next({
      match: isComplete,
      acts: true,
      answer: (due) => {
        bench.server.s3.seed('n', 'of another');
        return due;
      },
    });
    expect(await complete(upload)).toMatchObject({ key: 'n', size: BODY.length });
  });

  it('is a success although the object cannot be looked at', async () => {
    const upload = await begun(open());
    bench.server.next({ method: 'HEAD', times: Infinity, answer: bare(403) });
    expect(await complete(upload)).toMatchObject({ key: 'n', etag: bench.etag('n') });
  });

  it.each([
    ['ifAbsent', 'a', { ifAbsent: true }, 'ALREADY_EXISTS'],
    ['ifMatch', 'a', { ifMatch: '0'.repeat(32) }, 'PRECONDITION_FAILED'],
    ['ifMatch of nothing', 'n', { ifMatch: '0'.repeat(32) }, 'NOT_FOUND'],
  ] as const)('keeps the upload when %s fails', async (_, key, options, code) => {
    const upload = await begun(open(), key);
    // It is the condition that fails: an upload that is missing has that as its reason.
    expect((await expectCode(complete(upload, options), code)).reason).toBeUndefined();
    expect(bench.server.s3.uploads.pending.size).toBe(1);
    expect(await complete(upload)).toMatchObject({ key });
  });

  it('tells an upload that is gone from nothing to match, where the server says the same of both', async () => {
    const upload = await begun(open(), 'a');
    bench.server.s3.uploads.pending.clear();
    // As Ceph RGW does.
    bench.server.next({ match: isComplete, acts: false, answer: refusal(404, 'NoSuchKey') });
    const error = await expectCode(complete(upload, { ifMatch: '0'.repeat(32) }), 'NOT_FOUND');
    expect(error.reason).toBe('upload');
  });

  it('replaces whatever is there with ifMatch *, also when another writer was faster', async () => {
    const upload = await begun(open(), 'a');
    bench.server.next({
      method: 'HEAD',
      answer: (due) => {
        bench.server.s3.seed('a', 'newer');
        return due;
      },
    });
    expect((await complete(upload, { ifMatch: '*' })).size).toBe(BODY.length);
    expect(stored(bench, 'a')).toBe(BODY.toString());
  });

  it('wants a new upload after a conflict', async () => {
    const upload = await begun(open());
    bench.server.next({ match: isComplete, answer: refusal(409, 'ConditionalRequestConflict') });
    const error = await expectCode(complete(upload, { ifAbsent: true }), 'CONFLICT');
    expect(error.reason).toBe('restart');
    expect(seen(bench, isComplete)).toHaveLength(1);
  });

  it.each([
    ['another size', { body: Buffer.from('short') }],
    [
      'another checksum',
      { headers: { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'FULL_OBJECT' } },
    ],
  ])('is INTEGRITY when the object has %s than the parts', async (_, wrong) => {
    const upload = await begun(open());
    bench.server.next({
      match: isComplete,
      acts: true,
      answer: (due) => {
        const { objects } = bench.server.s3;
        const object = objects.get('n')!;
        objects.set('n', {
          ...object,
          ...wrong,
          headers: { ...object.headers, ...('headers' in wrong ? wrong.headers : {}) },
        });
        return due;
      },
    });
    await expectCode(complete(upload), 'INTEGRITY');
  });
});

describe.each(['own', 'sdk'] as const)('a part, sent by %s requests', (path) => {
  const bench = usePatientServer();
  let uploads: MultipartUploads;
  let uploadId: string;

  beforeEach(async () => {
    const requests = path === 'sdk' ? 'sdk' : 'auto';
    uploads = bench.open({ ...SHORT, requests }).as(MultipartUploads);
    ({ uploadId } = await uploads.begin('n'));
  });
  const put = (options = {}) => within(uploads.putPart('n', uploadId, 1, BODY, options), 'the part', SLOW);
  const kept = () => bench.server.s3.uploads.pending.get(uploadId)?.parts.get(1)?.body.toString();

  it.each<[string, Fault]>([
    ['500 three times', { times: 3, answer: refusal(500, 'InternalError') }],
    ['a reset', { sends: 'nothing', then: 'reset' }],
    ['a reset in the middle of the body', { reads: 5, sends: 'nothing', then: 'drop' }],
    ['silence', { sends: 'nothing', then: 'stall' }],
    ['an answer without an ETag', { acts: true, answer: bare(200, { 'content-length': '0' }) }],
    ['BadDigest', { answer: refusal(400, 'BadDigest') }],
    [
      'another checksum back',
      {
        acts: true,
        answer: (due) => ({ ...due, headers: { ...due.headers, 'x-amz-checksum-crc32': 'AAAAAA==' } }),
      },
    ],
    ['the page of a proxy', { answer: { ...bare(502), body: Buffer.from('<html>Bad Gateway</html>') } }],
    [
      'a skewed clock',
      {
        answer: refusal(403, 'RequestTimeTooSkewed', {
          date: new Date(Date.now() + 3_600_000).toUTCString(),
        }),
      },
    ],
  ])('is sent again after %s', async (_, fault) => {
    bench.server.next({ match: isPart, ...fault });
    expect(await put()).toMatchObject({ number: 1, size: BODY.length, checksum: { algorithm: 'crc32' } });
    expect(kept()).toBe(BODY.toString());
  });

  it.each([
    ['BadDigest', refusal(400, 'BadDigest'), 'INTEGRITY', 2],
    ['AccessDenied', refusal(403, 'AccessDenied'), 'PERMISSION_DENIED', 1],
    ['NoSuchUpload', refusal(404, 'NoSuchUpload'), 'NOT_FOUND', 1],
  ] as const)('is not sent for ever: %s', async (_, answer, code, tries) => {
    bench.server.next({ match: isPart, times: Infinity, answer });
    await expectCode(put(), code);
    expect(seen(bench, isPart)).toHaveLength(tries);
  });

  it('fails as what it failed with: whatever became of it, no object has changed', async () => {
    bench.server.next({ match: isPart, times: Infinity, acts: true, answer: bare(500) });
    const error = await failure(
      bench
        .open({ ...(path === 'sdk' && { requests: 'sdk' as const }), maxAttempts: 1 })
        .as(MultipartUploads)
        .putPart('n', uploadId, 1, BODY),
    );
    expect(error.code).toBe('UNAVAILABLE');
    expect(seen(bench, isPart)).toHaveLength(2);
  });

  it('ends with its signal, in a pause too', async () => {
    bench.server.next({
      match: isPart,
      times: Infinity,
      answer: refusal(503, 'SlowDown', { 'retry-after': '5' }),
    });
    const controller = new AbortController();
    const putting = put({ signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expectCode(putting, 'ABORTED');
  });
});

describe('parts in a storm of 503', () => {
  const bench = usePatientServer();

  it('arrive in the end, fewer at once', async () => {
    const uploads = bench.open({ maxAttempts: 10 }).as(MultipartUploads);
    const { uploadId, token } = await uploads.begin('n');
    bench.server.s3.uploads.minPart = 1;
    bench.server.next({ match: isPart, times: 12, answer: refusal(503, 'SlowDown') });
    const bodies = Array.from({ length: 16 }, () => randomBytes(1_000));
    const parts = await within(
      Promise.all(bodies.map((body, at) => uploads.putPart('n', uploadId, at + 1, body))),
      'the parts',
      20_000,
    );
    await uploads.complete('n', uploadId, parts, { token });
    expect(bench.server.s3.objects.get('n')?.body.equals(Buffer.concat(bodies))).toBe(true);
    expect(seen(bench, isPart)).toHaveLength(16 + 12);
  }, 30_000);
});

describe('what else goes wrong with uploads', () => {
  const bench = usePatientServer();

  it('an abort that meets a part which lands meanwhile is repeated', async () => {
    const { uploads, key, uploadId } = await begun(bench.storage);
    const left = bench.server.s3.uploads.pending.get(uploadId)!;
    bench.server.next({
      method: 'DELETE',
      acts: true,
      answer: (due) => {
        bench.server.s3.uploads.pending.set(uploadId, left);
        return due;
      },
    });
    await uploads.abort(key, uploadId);
    expect(bench.server.s3.uploads.pending.size).toBe(0);
    expect(bench.server.seen('DELETE')).toHaveLength(2);
  });

  it('an abort whose answer is lost is sent again', async () => {
    const { uploads, key, uploadId } = await begun(bench.storage);
    bench.server.next({ method: 'DELETE', sends: 'nothing', then: 'reset' });
    await uploads.abort(key, uploadId);
    expect(bench.server.s3.uploads.pending.size).toBe(0);
  });

  it('an abort which may not be looked at is believed', async () => {
    const { uploads, key, uploadId } = await begun(bench.storage);
    bench.server.next({ method: 'GET', times: Infinity, answer: refusal(403, 'AccessDenied') });
    await uploads.abort(key, uploadId);
    expect(bench.server.s3.uploads.pending.size).toBe(0);
  });

  it('parts and uploads are listed over several pages', async () => {
    const { uploads, key, uploadId } = await begun(bench.storage, 'dir/a');
    bench.server.s3.uploads.pageSize = 2;
    for (const number of [2, 3, 4, 5]) await uploads.putPart(key, uploadId, number, BODY);
    for (const name of ['dir/b', 'dir/b', 'dir/c', 'e']) await uploads.begin(name);
    const numbers: number[] = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await uploads.listParts(key, uploadId, { after });
      numbers.push(...page.parts.map(({ number }) => number));
      after = page.next;
    }
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
    const scoped = bench.storage.scoped('dir').as(MultipartUploads);
    const keys: string[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await scoped.list({ cursor });
      keys.push(...page.uploads.map((upload) => upload.key));
      cursor = page.cursor;
    }
    expect(keys).toEqual(['a', 'b', 'b', 'c']);
  });

  it('a page that does not advance is an error', async () => {
    const { uploads, key, uploadId } = await begun(bench.storage);
    bench.server.s3.uploads.pageSize = 1;
    for (const number of [2, 3]) await uploads.putPart(key, uploadId, number, BODY);
    await uploads.begin('o');
    const page = await uploads.listParts(key, uploadId);
    const same = bench.server.requests.at(-1)!;
    bench.server.next({
      method: 'GET',
      answer: () =>
        bench.server.s3.handle({ ...same, query: new Map([['uploadId', uploadId]]) }, Buffer.alloc(0)),
    });
    expect(await failure(uploads.listParts(key, uploadId, { after: page.next }))).toMatchObject({
      code: 'INTEGRITY',
      reason: 'list',
    });
    const first = await uploads.list();
    bench.server.next({
      method: 'GET',
      answer: () =>
        bench.server.s3.handle({ ...same, path: '/b', query: new Map([['uploads', '']]) }, Buffer.alloc(0)),
    });
    expect(await failure(uploads.list({ cursor: first.cursor }))).toMatchObject({
      code: 'INTEGRITY',
      reason: 'list',
    });
  });

  it.each(['x', 'czN1Og', Buffer.from('s3u:[1]').toString('base64url')])(
    'a cursor of somebody else is refused: %s',
    async (cursor) => {
      const error = await expectCode(bench.storage.as(MultipartUploads).list({ cursor }), 'INVALID_ARGUMENT');
      expect(error.reason).toBe('cursor');
    },
  );

  it('a region that is another one is followed', async () => {
    bench.server.next({
      method: 'POST',
      answer: refusal(400, 'AuthorizationHeaderMalformed', { 'x-amz-bucket-region': 'eu-west-1' }),
    });
    await begun(bench.storage);
    expect(bench.server.seen('PUT')[0]?.headers['authorization']).toContain('/eu-west-1/s3/');
  });

  it('a token that has expired is renewed in the middle', async () => {
    let given = 0;
    const credentials = () =>
      Promise.resolve({ accessKeyId: `key${++given}`, secretAccessKey: 's', sessionToken: `t${given}` });
    const { uploads, key, uploadId, parts, token } = await begun(bench.open({ credentials }));
    bench.server.next({ match: isPart, answer: refusal(400, 'ExpiredToken') });
    parts[0] = await uploads.putPart(key, uploadId, 1, BODY);
    await uploads.complete(key, uploadId, parts, { token });
    expect(seen(bench, isComplete)[0]?.headers['x-amz-security-token']).toBe('t2');
  });

  it('the server that is told by HTML of a proxy fails to begin, by its status', async () => {
    bench.server.next({
      method: 'POST',
      times: Infinity,
      answer: { ...bare(403), body: Buffer.from('<html>Forbidden</html>') },
    });
    await expectCode(bench.storage.as(MultipartUploads).begin('n'), 'PERMISSION_DENIED');
  });
});
