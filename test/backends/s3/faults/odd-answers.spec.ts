import { describe, expect, it } from '@jest/globals';
import { profileOf } from '../../../../src/backends/s3/profiles/profiles.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { expectCode } from '../../../support/errors.js';
import { useFaultServer } from './support.js';

describe('answers that some servers give', () => {
  const bench = useFaultServer();

  it('a key that is missing counts as deleted, one by one too', async () => {
    const storage = bench.open({
      profile: { ...profileOf({ name: 'aws', endpoint: undefined }), deleteMany: 'single' },
    });
    bench.server.next({ method: 'DELETE', key: 'x', answer: refusal(404, 'NoSuchKey') });
    const results = await storage.deleteMany(['a', 'x']);
    expect(results.map(({ error }) => error)).toEqual([undefined, undefined]);
    bench.server.next({ method: 'DELETE', key: 'x', answer: refusal(404, 'NoSuchKey') });
    await storage.delete('x');
  });

  it.each([
    ['aws-chunked', undefined],
    ['gzip,aws-chunked', 'gzip'],
    ['AWS-Chunked, gzip, br', 'gzip, br'],
    ['gzip', 'gzip'],
  ])('the Content-Encoding %j is %j: how it was uploaded is no encoding of the object', async (told, is) => {
    bench.server.s3.seed('e', 'body', { 'content-encoding': told });
    expect((await bench.storage.head('e')).contentEncoding).toBe(is);
  });

  it.each([206, 203, 204])('a get of the whole is not content with the status %d', async (status) => {
    bench.server.next({ method: 'GET', answer: (due) => ({ ...due, status }) });
    const error = await expectCode(bench.storage.bytes('a'), 'INTEGRITY');
    expect(error.reason).toBe('range');
  });

  it('a delete of a version with a condition looks at that version', async () => {
    await bench.storage.delete('a', { ifMatch: bench.etag('a'), versionId: 'v1' });
    expect(bench.server.seen().map(({ method, query }) => [method, query.get('versionId')])).toEqual([
      ['HEAD', 'v1'],
      ['DELETE', 'v1'],
    ]);
  });
});
