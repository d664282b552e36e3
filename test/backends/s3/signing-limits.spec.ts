import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import type { S3BackendOptions } from '../../../src/backends/s3/options.js';
import { Presigning } from '../../../src/core/presigning.js';
import { SignedRequests } from '../../../src/core/signed-requests.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { failure } from '../../support/errors.js';
import { within } from '../../support/within.js';

const credentials = { accessKeyId: 'AKID-SHOWN', secretAccessKey: 'SECRET-SHOWN-SECRET-SHOWN-SECRET-SHOWN' };
const region = 'us-east-1';
const open = (options: Partial<S3BackendOptions> = {}) =>
  new StorageService('files', new S3Backend({ bucket: 'b', region, credentials, ...options }));

describe('Signed URLs of S3', () => {
  it.each(['b--use1-az4--x-s3', 'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap'])(
    'are UNSUPPORTED where the SDK signs in another way: %s',
    async (bucket) => {
      const storage = open({ bucket });
      expect(storage.supports(Presigning)).toBe(false);
      const error = await failure(storage.signedUrl('a'));
      expect(error).toMatchObject({ code: 'UNSUPPORTED' });
      expect(error.message).toContain('SigV4A');
    },
  );

  it('are UNSUPPORTED where a client has a middleware, and not because the SDK sends', () => {
    const client = new S3Client({ region, credentials });
    expect(open({ client, requests: 'sdk' }).supports(Presigning)).toBe(true);
    client.middlewareStack.add((next) => (args) => next(args), { step: 'build' });
    expect(open({ client }).supports(Presigning)).toBe(false);
    client.destroy();
  });

  it('end with the signal of the caller, while credentials are waited for', async () => {
    const storage = open({ credentials: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const signing = failure(storage.signedUrl('a', { signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    expect(await within(signing, 'signing', 1_000)).toMatchObject({ code: 'ABORTED' });
    const aborted = failure(storage.signedUrl('a', { signal: AbortSignal.abort() }));
    expect(await within(aborted, 'signing', 1_000)).toMatchObject({ code: 'ABORTED' });
  });
});

describe('A log of a storage', () => {
  const shown = (value: unknown) => inspect(value, { depth: 30, showHidden: true });

  it('on S3 has its bucket and no keys', async () => {
    const storage = open();
    await storage.signedUrl('a');
    const text = [storage, storage.as(Presigning), storage.scoped('s')].map(shown).join();
    expect(text).toContain('bucket: "b"');
    expect(text).not.toMatch(/SHOWN/);
  });

  it('on disk has no secret', () => {
    const signing = {
      secret: 'SECRET-SHOWN-SECRET-SHOWN-SECRET-SHOWN',
      baseUrl: 'http://localhost',
      storage: 'files',
    };
    const storage = new StorageService('files', new LocalBackend({ root: './nowhere', signing }));
    const all = [storage, storage.as(Presigning), storage.as(SignedRequests)];
    expect(all.map(shown).join()).not.toMatch(/SHOWN/);
  });
});
