import { describe, expect, it } from '@jest/globals';
import { profileOf } from '../../../../src/backends/s3/profiles/profiles.js';
import type { Answer } from '../../../faults/http-message.js';
import type { Fault } from '../../../faults/fault.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { expectCode } from '../../../support/errors.js';
import { usePatientServer } from './patient-server.js';

const telling = (versionId: string): Fault => ({
  method: 'HEAD',
  answer: (due) => ({ ...due, headers: { ...due.headers, 'x-amz-version-id': versionId } }),
});

const ok = (): Answer => ({ status: 200, headers: {}, body: Buffer.from('content') });

describe('answers that some servers give', () => {
  const bench = usePatientServer();

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
    bench.server.next(telling('v1'));
    await bench.storage.delete('a', { ifMatch: bench.etag('a'), versionId: 'v1' });
    expect(bench.server.seen().map(({ method, query }) => [method, query.get('versionId')])).toEqual([
      ['HEAD', 'v1'],
      ['DELETE', 'v1'],
    ]);
  });

  describe('to who asks for a version', () => {
    const unknown = { reason: 'versionId' };

    it.each(['own', 'sdk'])('another one, or none, is no answer: %s', async (requests) => {
      const storage = bench.open({ requests: requests === 'sdk' ? 'sdk' : 'auto' });
      const version = { versionId: 'v1' };
      expect(await expectCode(storage.head('a', version), 'UNSUPPORTED')).toMatchObject(unknown);
      expect(await expectCode(storage.bytes('a', version), 'UNSUPPORTED')).toMatchObject(unknown);
      bench.server.next(telling('v2'));
      expect(await expectCode(storage.head('a', version), 'UNSUPPORTED')).toMatchObject(unknown);
      bench.server.next(telling('v1'));
      expect((await storage.head('a', version)).versionId).toBe('v1');
      expect((await storage.head('a', { versionId: 'null' })).versionId).toBeUndefined();
    });

    it('a delete loses no object where the server does not know the version', async () => {
      const storage = bench.open({ profile: 'garage' });
      const version = { versionId: 'v1' };
      expect(await expectCode(storage.delete('a', version), 'UNSUPPORTED')).toMatchObject(unknown);
      bench.server.next({ method: 'HEAD', answer: refusal(404, '') });
      expect(await expectCode(storage.delete('a', version), 'NOT_FOUND')).toMatchObject({
        reason: 'version',
      });
      bench.server.next({ method: 'HEAD', times: 2, answer: refusal(403, '') });
      await expectCode(storage.delete('a', version), 'PERMISSION_DENIED');
      expect(bench.server.seen('DELETE')).toEqual([]);
      bench.server.next(telling('v1'));
      await storage.delete('a', version);
      // A delete marker.
      bench.server.next({ method: 'HEAD', answer: refusal(405, '') });
      await storage.delete('a', version);
      expect(bench.server.seen('DELETE')).toHaveLength(2);
    });

    it('an empty id is none: it would be the object as it is now', async () => {
      const version = { versionId: '' };
      const { storage } = bench;
      for (const call of [
        () => storage.delete('a', version),
        () => storage.head('a', version),
        () => storage.bytes('a', version),
      ])
        expect(await expectCode(call(), 'INVALID_ARGUMENT')).toMatchObject(unknown);
      expect(bench.server.seen()).toEqual([]);
    });
  });

  it('an object for which the condition of a get does not hold is not given', async () => {
    const lax = (method: string): Fault => ({
      method,
      key: 'a',
      answer: { ...ok(), headers: { etag: '"x"' } },
    });
    bench.server.next(lax('GET'));
    await expectCode(bench.storage.bytes('a', { ifMatch: 'y' }), 'PRECONDITION_FAILED');
    bench.server.next(lax('GET'));
    await expectCode(bench.storage.bytes('a', { ifNoneMatch: 'x' }), 'NOT_MODIFIED');
    bench.server.next(lax('GET')).next(lax('GET'));
    expect(await bench.storage.text('a', { ifMatch: 'x' })).toBe('content');
    expect(await bench.storage.text('a', { ifNoneMatch: 'y' })).toBe('content');
  });
});
