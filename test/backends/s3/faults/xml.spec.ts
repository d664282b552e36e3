import { describe, expect, it } from '@jest/globals';
import { profileOf } from '../../../../src/backends/s3/profiles/profiles.js';
import type { StorageErrorCode } from '../../../../src/core/error.js';
import type { Fault } from '../../../faults/fault.js';
import type { Answer } from '../../../faults/http-message.js';
import { deletedXml, errorXml } from '../../../faults/tiny-s3-xml.js';
import { refusal, xml } from '../../../faults/tiny-s3.js';
import { KIB, MIB } from '../../../support/bodies.js';
import { failure } from '../../../support/errors.js';
import { operations } from './operations.js';
import { usePatientServer } from './patient-server.js';
import { LIMITS, outcomeOf } from './support.js';

const list = (inner: string) => xml(200, `<ListBucketResult>${inner}</ListBucketResult>`);
const entry = (key: string) =>
  `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>"e"</ETag><Size>1</Size></Contents>`;
const group = (prefix: string) => `<CommonPrefixes><Prefix>${prefix}</Prefix></CommonPrefixes>`;
const whole = '<IsTruncated>false</IsTruncated>';
const text = (body: string): Answer => ({ status: 200, headers: {}, body: Buffer.from(body) });
const bodyOf = ({ body }: Answer) => (body as Buffer).toString();
const edit =
  (change: (text: string) => string) =>
  (due: Answer): Answer => ({ ...due, body: Buffer.from(change(bodyOf(due))) });
/** 200 MB, made while it is sent; `given` is told of each of them. */
function* flood(given: () => void): Generator<Buffer> {
  yield Buffer.from(`<ListBucketResult>${whole}`);
  const piece = Buffer.from(`<!--${'x'.repeat(MIB - 7)}-->`);
  for (let i = 0; i < 200; i++) {
    given();
    yield piece;
  }
  yield Buffer.from('</ListBucketResult>');
}

describe('a list', () => {
  const bench = usePatientServer();

  it.each<[string, Answer]>([
    ['nothing', text('')],
    ['HTML', text('<html><body>Welcome</body></html>')],
    ['JSON', text('{"Contents":[]}')],
    ['half of it', text('<ListBucketResult><IsTruncated>false</IsTruncated>')],
    ['tags that cross', list(`${whole}<Contents><Key>a</Contents></Key>`)],
    ['a DOCTYPE', xml(200, `<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>${whole}</ListBucketResult>`)],
    ['an entity nobody declared', list(`${whole}${entry('&a;')}`)],
    ['another root', xml(200, `<Other>${whole}</Other>`)],
    ['nothing on whether it goes on', list(entry('a'))],
    ['that it goes on, but not where', list(`<IsTruncated>true</IsTruncated>${entry('a')}`)],
    ['an object without a key', list(`${whole}<Contents><Size>1</Size></Contents>`)],
    ['a size that is none', list(`${whole}${entry('a').replace('>1<', '>-1<')}`)],
    ['more entries than were asked for', list(`${whole}${entry('k').repeat(1001)}`)],
    ['elements in elements without end', text(`<ListBucketResult>${'<a>'.repeat(100_000)}`)],
    ['two documents', text(`<ListBucketResult>${whole}</ListBucketResult>`.repeat(2))],
  ])('of %s is a typed error, and the connection stays good', async (_, answer) => {
    bench.server.next({ times: Infinity, answer });
    const { code } = await outcomeOf(bench.storage.page());
    expect(['UNAVAILABLE', 'INTEGRITY']).toContain(code);
    bench.server.heal();
    expect((await bench.storage.page()).objects.map(({ key }) => key)).toEqual(['a', 'c']);
  });

  it('of 200 MB is given up soon, and no more of it is taken', async () => {
    let given = 0;
    bench.server.next({
      times: Infinity,
      answer: { status: 200, headers: {}, body: () => flood(() => given++) },
    });
    const storage = bench.open({ maxAttempts: 1 });
    expect((await outcomeOf(storage.page(), 9_000)).code).toBe('UNAVAILABLE');
    expect(await bench.server.settled(0)).toBe(true);
    // A list has 16 MiB at most; the rest is on its way, in buffers of the kernel.
    expect(given).toBeGreaterThanOrEqual(16);
    expect(given).toBeLessThan(48);
  });

  it('that comes in time, piece by piece, is taken', async () => {
    for (let i = 0; i < 50; i++) bench.server.s3.seed(`k/${'x'.repeat(100)}${i}`, 'x');
    bench.server.next({ pace: { bytes: 4 * KIB, everyMs: 20 } });
    expect((await bench.storage.page({ prefix: 'k/' })).objects).toHaveLength(50);
  });

  it('that dribbles for ever ends with TIMEOUT', async () => {
    bench.server.next({
      times: Infinity,
      answer: edit((due) => due + ' '.repeat(9_999)),
      pace: { bytes: 100, everyMs: 50 },
    });
    const { code, ms } = await outcomeOf(bench.open(LIMITS).page());
    expect(code).toBe('TIMEOUT');
    expect(ms).toBeLessThan(7_000);
  });

  it('that begins again where it began is an error, no loop', async () => {
    for (let i = 0; i < 5; i++) bench.server.s3.seed(`k/${i}`, 'x');
    const page = list(
      `<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>${entry('k/0')}`,
    );
    bench.server.next({ times: Infinity, answer: page });
    const keys: string[] = [];
    const read = async () => {
      for await (const { key } of bench.storage.list('k/')) keys.push(key);
    };
    expect((await failure(read())).code).toBe('INTEGRITY');
    expect(keys.length).toBeLessThanOrEqual(2);
    expect(bench.server.seen().length).toBeLessThanOrEqual(2);
  });

  it.each<[string, (page: number) => string, number]>([
    ['turns in a circle', (page) => entry(`k/${page % 2}`), 3],
    ['stays where it is', () => entry('k/0'), 2],
    ['goes into a folder again', (page) => (page === 0 ? group('k/d/') : entry('k/d/1')), 2],
    ['never has a name', () => '', 1001],
  ])('that %s under new tokens is an error, no loop', async (_, inner, most) => {
    let page = 0;
    const answer = (): Answer => {
      const token = page % 2 === 0 ? 'A' : 'B';
      return list(
        `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>${inner(page++)}`,
      );
    };
    bench.server.next({ times: Infinity, answer });
    const read = async () => {
      let cursor: string | undefined;
      do ({ cursor } = await bench.storage.page({ prefix: 'k/', delimiter: '/', cursor }));
      while (cursor !== undefined && page < 2_000);
    };
    // A thousand requests take their time on a busy machine.
    expect(await failure(read(), 15_000)).toMatchObject({ code: 'INTEGRITY', reason: 'list' });
    expect(page).toBe(most);
  });

  it.each([1, 2] as const)('tells nothing of what lies above a scope, version %i', async (listVersion) => {
    for (let i = 0; i < 3; i++) bench.server.s3.seed(`tenants/ann/k${i}`, 'x');
    const storage = bench.open({ profile: { ...profileOf({ name: 'aws' }), listVersion } });
    const scope = storage.scoped('tenants/ann');
    const next = (key: string) =>
      list(
        `<IsTruncated>true</IsTruncated><NextMarker>${key}</NextMarker><NextContinuationToken>${key}</NextContinuationToken>${entry(key)}`,
      );
    bench.server.next({ answer: next('tenants/ann/k0') });
    const { cursor } = await scope.page({ limit: 1 });
    expect(Buffer.from(cursor ?? '', 'base64url').toString()).not.toMatch(/tenants|ann/);
    bench.server.next({ answer: next('tenants/ann/k1') });
    expect((await scope.page({ limit: 1, cursor })).objects.map(({ key }) => key)).toEqual(['k1']);
    const { target } = bench.server.seen().at(-1)!;
    const name = listVersion === 1 ? 'marker' : 'continuation-token';
    expect(new URL(target, 'http://x').searchParams.get(name)).toBe('tenants/ann/k0');
  });

  it('with keys that were not asked for shows none of them', async () => {
    bench.server.next({ answer: list(`${whole}${entry('other/secret')}`) });
    expect((await outcomeOf(bench.storage.scoped('mine').page())).code).toBe('INTEGRITY');
  });
});

describe('an error inside a 200', () => {
  const bench = usePatientServer();
  const inside = (code: string): Fault => ({
    method: 'PUT',
    acts: false,
    answer: text(`<?xml version="1.0"?>\n${errorXml(code)}`),
  });

  it('of a copy is retried as any', async () => {
    bench.server.next(inside('InternalError')).next(inside('SlowDown'));
    await bench.storage.copy('c', 'n');
    expect(bench.server.s3.objects.get('n')?.body.toString()).toBe('old c');
    expect(bench.server.seen('PUT')).toHaveLength(3);
  });

  it.each<[string, StorageErrorCode]>([
    ['InternalError', 'OUTCOME_UNKNOWN'],
    ['SlowDown', 'THROTTLED'],
    ['AccessDenied', 'PERMISSION_DENIED'],
    ['NoSuchKey', 'NOT_FOUND'],
  ])('of a copy fails it: %s', async (code, meant) => {
    bench.server.next({ ...inside(code), times: Infinity });
    expect((await outcomeOf(bench.storage.copy('c', 'n'))).code).toBe(meant);
  });

  it('of a copy with ifAbsent is not sent twice where it may have happened', async () => {
    bench.server.next({ ...inside('InternalError'), times: Infinity });
    const { code } = await outcomeOf(operations['copy ifAbsent']!.run(bench.storage, bench));
    expect(['UNAVAILABLE', 'OUTCOME_UNKNOWN']).toContain(code);
    expect(bench.server.seen('PUT')).toHaveLength(1);
  });

  it.each([
    ['nothing at all', text('')],
    ['white space alone', text(' '.repeat(100))],
    ['half of it', text('<CopyObjectResult><ETag>"e"</ETag>')],
    ['no ETag', xml(200, '<CopyObjectResult></CopyObjectResult>')],
  ])('that is %s leaves open what became of a copy', async (_, answer) => {
    bench.server.next({ method: 'PUT', times: Infinity, answer });
    expect((await outcomeOf(bench.storage.copy('c', 'n'))).code).toBe('OUTCOME_UNKNOWN');
  });

  it('after white space that kept a long copy alive is read, and so is success', async () => {
    const space = (inner: string): Answer =>
      text(`<?xml version="1.0" encoding="UTF-8"?>${' \n'.repeat(200)}${inner}`);
    const pace = { bytes: 100, everyMs: 50 };
    const done = `<CopyObjectResult><ETag>"${bench.etag('c')}"</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified></CopyObjectResult>`;
    bench.server.next({ method: 'PUT', acts: true, answer: space(done), pace });
    await bench.storage.copy('c', 'n');
    bench.server.next({ method: 'PUT', times: Infinity, answer: space(errorXml('AccessDenied')), pace });
    expect((await outcomeOf(bench.storage.copy('c', 'm'))).code).toBe('PERMISSION_DENIED');
  });

  it('of a DeleteObjects is retried, and fails all keys when it stays', async () => {
    const whole = { ...inside('InternalError'), method: 'POST' };
    bench.server.next(whole);
    expect(await bench.storage.deleteMany(['a', 'c'])).toEqual([{ key: 'a' }, { key: 'c' }]);
    bench.server.next({ ...whole, times: Infinity });
    const results = await bench.storage.deleteMany(['a', 'c']);
    expect(results.map(({ error }) => error?.code)).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
  });
});

describe('the answer to a DeleteObjects', () => {
  const bench = usePatientServer();

  it.each<[string, StorageErrorCode]>([
    ['AccessDenied', 'PERMISSION_DENIED'],
    ['InternalError', 'UNAVAILABLE'],
    ['SlowDown', 'THROTTLED'],
    ['ObjectLocked', 'UNKNOWN'],
  ])('tells of each key what became of it: %s', async (code, meant) => {
    bench.server.next({ method: 'POST', answer: xml(200, deletedXml(['a', 'c'], { c: code })) });
    const [a, c] = await bench.storage.deleteMany(['a', 'c']);
    expect(a).toEqual({ key: 'a' });
    expect(c).toMatchObject({ key: 'c', error: { code: meant, key: 'c' } });
  });

  it('that forgets a key leaves its outcome open', async () => {
    bench.server.next({ method: 'POST', answer: xml(200, deletedXml(['a'])) });
    const [a, c] = await bench.storage.deleteMany(['a', 'c']);
    expect(a?.error).toBeUndefined();
    expect(c?.error?.code).toBe('OUTCOME_UNKNOWN');
  });

  it('that names keys nobody asked for says nothing of ours', async () => {
    bench.server.next({ method: 'POST', answer: xml(200, deletedXml(['x', 'y'])) });
    const codes = (await bench.storage.deleteMany(['a', 'c'])).map(({ error }) => error?.code);
    expect(codes).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
  });

  it('that is a refusal fails all keys', async () => {
    bench.server.next({ method: 'POST', times: Infinity, answer: refusal(403, 'AccessDenied') });
    const codes = (await bench.storage.deleteMany(['a', 'c'])).map(({ error }) => error?.code);
    expect(codes).toEqual(['PERMISSION_DENIED', 'PERMISSION_DENIED']);
  });

  it('that is lost each time leaves all keys open', async () => {
    bench.server.next({ method: 'POST', times: Infinity, sends: 'half', then: 'reset' });
    const codes = (await bench.storage.deleteMany(['a', 'c'])).map(({ error }) => error?.code);
    expect(codes).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
  });
});
