import { describe, expect, it } from '@jest/globals';
import type { Layer } from '../../src/core/layer.js';
import { localKeyProblem } from '../../src/backends/local/keys.js';
import { withLayers } from '../../src/core/layered-backend.js';
import { addressProblem } from '../../src/core/key.js';
import {
  Presigning,
  type SignPartRequest,
  type SignRequest,
  type UrlSigner,
} from '../../src/core/presigning.js';
import type { SignUrlOptions } from '../../src/core/sign-options.js';
import type { SignedUrl } from '../../src/core/signed-url.js';
import { signingTime } from '../../src/core/signing-time.js';
import { readOnly } from '../../src/layers/read-only.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { expectCode } from '../support/errors.js';
import { fakeBackend } from '../support/fake-backend.js';

/** Keeps what it was asked to sign. */
class FakeSigner implements UrlSigner {
  readonly requests: SignRequest[] = [];
  constructor(
    readonly expiresIn?: number,
    readonly keyProblem: (key: string) => string | undefined = addressProblem,
  ) {}
  sign(request: SignRequest): Promise<SignedUrl> {
    this.requests.push(request);
    const { key, method } = request;
    const { expiresAt } = signingTime(request, 0);
    return Promise.resolve({ url: `https://x.test/${key}`, method, headers: {}, key, expiresAt });
  }
}

function open(signer = new FakeSigner(), ...layers: readonly Layer[]) {
  const presigning = new Presigning(signer);
  const backend = fakeBackend({
    capability: (type) => (presigning instanceof type ? presigning : undefined),
    keyProblem: addressProblem,
  });
  return { signer, storage: new StorageService('files', withLayers(backend, 'files', layers)) };
}

/** What a caller without types may pass. */
const untyped = (options: object): SignUrlOptions => options;

describe('signedUrl', () => {
  it('signs a GET for 900 seconds unless told otherwise', async () => {
    const { storage, signer } = open();
    expect(await storage.signedUrl('a b')).toEqual({
      url: 'https://x.test/a b',
      method: 'GET',
      headers: {},
      key: 'a b',
      expiresAt: new Date(900_000),
    });
    expect(signer.requests[0]).toMatchObject({
      method: 'GET',
      expiresIn: 900,
      windowSeconds: 0,
      response: {},
    });
  });

  it('takes the time that the backend was set to', async () => {
    const { storage, signer } = open(new FakeSigner(60));
    await storage.signedUrl('k');
    await storage.signedUrl('k', { expiresIn: 61 });
    expect(signer.requests.map(({ expiresIn }) => expiresIn)).toEqual([60, 61]);
  });

  it('gives every method its options', async () => {
    const { storage, signer } = open();
    await storage.signedUrl('k', {
      responseContentType: 'text/plain',
      responseContentDisposition: 'attachment; filename="a.txt"',
      responseContentEncoding: 'gzip',
      responseContentLanguage: 'de',
      responseCacheControl: 'no-store',
      versionId: 'v1',
    });
    await storage.signedUrl('k', { method: 'HEAD' });
    const checksum = { algorithm: 'crc32', value: 'NhCmhg==' } as const;
    const upload = { contentType: 'text/plain', size: 0, checksum, metadata: { Owner: 'ann' } };
    await storage.signedUrl('k', { method: 'PUT', ...upload });
    await storage.signedUrl('k', { method: 'POST', ...upload });
    await storage.signedUrl('k', { method: 'DELETE' });
    expect(signer.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']);
    expect(signer.requests[0]).toMatchObject({
      versionId: 'v1',
      response: {
        contentType: 'text/plain',
        contentDisposition: 'attachment; filename="a.txt"',
        contentEncoding: 'gzip',
        contentLanguage: 'de',
        cacheControl: 'no-store',
      },
    });
    expect(signer.requests[2]).toMatchObject({ ...upload, metadata: { owner: 'ann' } });
    expect(signer.requests[3]).toMatchObject({ ...upload, metadata: { owner: 'ann' } });
  });

  it('binds no content type that nobody asked for', async () => {
    const { storage, signer } = open();
    await storage.signedUrl('a.png', { method: 'PUT' });
    expect(signer.requests[0]?.contentType).toBeUndefined();
  });

  it.each([0, -5, 1.5, NaN, Infinity, 604_801, '900', null])(
    'refuses to expire in %p seconds',
    async (value) => {
      const { storage, signer } = open();
      for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']) {
        const error = await expectCode(
          storage.signedUrl('k', untyped({ method, expiresIn: value })),
          'INVALID_ARGUMENT',
        );
        expect(error.reason).toBe('expiresIn');
      }
      expect(signer.requests).toEqual([]);
    },
  );

  it.each<[string, object]>([
    ['method', { method: 'PATCH' }],
    ['method', { method: 'get' }],
    ['method', { method: null }],
    ['contentType', { contentType: 'text/plain' }],
    ['size', { method: 'HEAD', size: 1 }],
    ['metadata', { method: 'DELETE', metadata: {} }],
    ['responseContentType', { method: 'PUT', responseContentType: 'text/plain' }],
    ['cacheable', { method: 'PUT', cacheable: true }],
    ['versionId', { method: 'DELETE', versionId: 'v' }],
    ['versionId', { versionId: '' }],
    ['colour', { colour: 'red' }],
    ['responseContentType', { responseContentType: 'text' }],
    ['responseContentType', { responseContentType: '' }],
    ['responseContentDisposition', { responseContentDisposition: 'attachment\r\nX: y' }],
    ['responseContentDisposition', { responseContentDisposition: 'attachment; filename="ü"' }],
    ['responseCacheControl', { responseCacheControl: 3 }],
    ['contentType', { method: 'PUT', contentType: 'no type' }],
    ['contentType', { method: 'PUT', contentType: 'text/plain\n' }],
    ['size', { method: 'PUT', size: -1 }],
    ['size', { method: 'PUT', size: 1.5 }],
    ['size', { method: 'POST', size: '1' }],
    ['metadata', { method: 'PUT', metadata: { 'a b': 'x' } }],
    ['metadata', { method: 'PUT', metadata: { a: 'x\r\n' } }],
    ['checksum', { method: 'PUT', checksum: 'NhCmhg==' }],
    ['checksum', { method: 'PUT', checksum: null }],
    ['checksum', { method: 'PUT', checksum: { algorithm: 'md5', value: 'NhCmhg==' } }],
    ['checksum', { method: 'PUT', checksum: { algorithm: 'crc32', value: 'NhCm' } }],
    ['checksum', { method: 'PUT', checksum: { algorithm: 'crc32', value: 'NhCmhh==' } }],
    ['checksum', { method: 'PUT', checksum: { algorithm: 'sha256', value: 'NhCmhg==' } }],
    ['checksum', { method: 'PUT', checksum: { algorithm: 'toString', value: '' } }],
  ])('refuses a wrong or foreign %s: %j', async (reason, options) => {
    const { storage, signer } = open();
    const error = await expectCode(storage.signedUrl('k', untyped(options)), 'INVALID_ARGUMENT');
    expect(error.reason).toBe(reason);
    expect(signer.requests).toEqual([]);
  });

  it('signs no upload for a key that may not be written', async () => {
    const { storage } = open();
    for (const method of ['PUT', 'POST'] as const) {
      for (const key of [
        '',
        'a//b',
        'a/',
        '/a',
        '../x',
        'a/./b',
        'a\\b',
        'a\nb',
        'a\ud800',
        'é'.repeat(513),
      ]) {
        const error = await expectCode(storage.signedUrl(key, { method }), 'INVALID_ARGUMENT');
        expect(error.reason).toBe('key');
      }
    }
  });

  it('reads and deletes what the backend can address, but no key that URL parsers rewrite', async () => {
    const { storage } = open();
    for (const method of ['GET', 'HEAD', 'DELETE'] as const) {
      for (const key of ['a//b', 'a/', '/a', 'a\\b', 'a\nb', '%2e%2e/x', '...', 'a..b'])
        expect((await storage.signedUrl(key, { method })).key).toBe(key);
      for (const key of ['..', '.', 'a/..', './a', 'a/../b', '', 'a\ud800'])
        await expectCode(storage.signedUrl(key, { method }), 'INVALID_ARGUMENT');
    }
    const local = open(new FakeSigner(undefined, localKeyProblem)).storage;
    await expectCode(local.signedUrl('a//b'), 'INVALID_ARGUMENT');
    await expectCode(local.signedUrl(undefined as never), 'INVALID_ARGUMENT');
  });

  it('in a scope signs for the scope alone and names its own keys', async () => {
    const { storage, signer } = open();
    const tenant = storage.scoped('tenants').scoped('1/');
    expect(await tenant.signedUrl('a')).toMatchObject({ key: 'a', url: 'https://x.test/tenants/1/a' });
    await tenant.signedUrl('a', { method: 'PUT' });
    expect(signer.requests.map(({ key }) => key)).toEqual(['tenants/1/a', 'tenants/1/a']);
    for (const key of ['../2/a', 'a/../../2/a', '/a', 'a//b', '', '..'])
      for (const method of ['GET', 'PUT', 'DELETE'] as const)
        await expectCode(tenant.signedUrl(key, { method }), 'INVALID_ARGUMENT');
    const long = 'k'.repeat(1020);
    const error = await expectCode(tenant.signedUrl(long, { method: 'PUT' }), 'INVALID_ARGUMENT');
    expect(error.message).not.toContain('tenants/1');
    await expectCode(tenant.signedUrl(long), 'INVALID_ARGUMENT');
  });

  it('gives a read-only storage no URL that writes', async () => {
    const { storage, signer } = open(new FakeSigner(), readOnly());
    await storage.signedUrl('k');
    await storage.signedUrl('k', { method: 'HEAD' });
    for (const method of ['PUT', 'POST', 'DELETE'] as const) {
      const error = await expectCode(storage.signedUrl('k', { method }), 'PERMISSION_DENIED');
      expect(error.reason).toBe('read-only');
    }
    await expectCode(storage.as(Presigning).signWrite('k'), 'PERMISSION_DENIED');
    await expectCode(
      storage.as(Presigning).signRead('k', untyped({ method: 'PUT' }) as object),
      'INVALID_ARGUMENT',
    );
    expect(signer.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
  });

  it('is UNSUPPORTED where the backend signs nothing, and says what to set', async () => {
    const none = new StorageService('files', fakeBackend());
    expect((await expectCode(none.signedUrl('k'), 'UNSUPPORTED')).message).toBe(
      'files: its backend (fake) has no Presigning',
    );
    const lacking = new StorageService('files', fakeBackend({ capabilityHint: () => 'set THE_SECRET' }));
    expect((await expectCode(lacking.signedUrl('k'), 'UNSUPPORTED')).message).toContain(': set THE_SECRET');
    const scope = lacking.scoped('a');
    expect((await expectCode(scope.signedUrl('k'), 'UNSUPPORTED')).message).toContain(': set THE_SECRET');
  });
});

describe('a cacheable URL', () => {
  const windowOf = async (options: SignUrlOptions): Promise<number | undefined> => {
    const { storage, signer } = open();
    await storage.signedUrl('k', options);
    return signer.requests[0]?.windowSeconds;
  };

  it('has a window as long as its time, as far as seven days allow', async () => {
    expect(await windowOf({ cacheable: false })).toBe(0);
    expect(await windowOf({ cacheable: true })).toBe(900);
    expect(await windowOf({ cacheable: true, expiresIn: 604_000 })).toBe(800);
    expect(await windowOf({ cacheable: { windowSeconds: 60 }, method: 'HEAD' })).toBe(60);
    expect(await windowOf({ cacheable: { windowSeconds: 603_900 } })).toBe(603_900);
  });

  it.each<[object]>([
    [{ cacheable: true, expiresIn: 604_800 }],
    [{ cacheable: { windowSeconds: 603_901 } }],
    [{ cacheable: { windowSeconds: 0 } }],
    [{ cacheable: { windowSeconds: 1.5 } }],
    [{ cacheable: {} }],
    [{ cacheable: 'yes' }],
    [{ cacheable: null }],
  ])('cannot be had with %j', async (options) => {
    const error = await expectCode(open().storage.signedUrl('k', untyped(options)), 'INVALID_ARGUMENT');
    expect(error.reason).toBe('cacheable');
  });

  it('is the same within its window and always valid for as long as was asked for', () => {
    const options = { expiresIn: 100, windowSeconds: 60 };
    const times = Array.from({ length: 180 }, (_, i) => ({
      now: i * 1000 + 999,
      time: signingTime(options, i * 1000 + 999),
    }));
    expect(new Set(times.map(({ time }) => time.signedAt.getTime()))).toEqual(new Set([0, 60_000, 120_000]));
    for (const { now, time } of times) {
      const left = time.expiresAt.getTime() - now;
      expect(left).toBeGreaterThanOrEqual(100_000);
      expect(left).toBeLessThanOrEqual(160_000);
      expect(time.expiresAt.getTime()).toBe(time.signedAt.getTime() + time.expiresIn * 1000);
    }
    expect(signingTime({ expiresIn: 5, windowSeconds: 0 }, 1999)).toEqual({
      signedAt: new Date(1000),
      expiresIn: 5,
      expiresAt: new Date(6000),
    });
  });
});

describe('signPart', () => {
  class PartSigner extends FakeSigner {
    readonly parts: SignPartRequest[] = [];
    signPart(request: SignPartRequest): Promise<SignedUrl> {
      this.parts.push(request);
      const { key } = request;
      return Promise.resolve({
        url: 'https://x.test',
        method: 'PUT',
        headers: {},
        key,
        expiresAt: new Date(0),
      });
    }
  }

  it('gives the whole key to the backend and the relative one back', async () => {
    const signer = new PartSigner(60);
    const presigning = open(signer).storage.scoped('users/ann').as(Presigning);
    expect((await presigning.signPart('k', 'id', 3, { size: 5 })).key).toBe('k');
    await presigning.signPart('k', 'id', 10_000, { expiresIn: 9 });
    expect(signer.parts).toMatchObject([
      { key: 'users/ann/k', uploadId: 'id', number: 3, expiresIn: 60, size: 5 },
      { key: 'users/ann/k', uploadId: 'id', number: 10_000, expiresIn: 9, size: undefined },
    ]);
  });

  it.each<[string, unknown, unknown, object, string]>([
    ['a/../b', 'id', 1, {}, 'key'],
    ['', 'id', 1, {}, 'key'],
    ['k', '', 1, {}, 'upload'],
    ['k', undefined, 1, {}, 'upload'],
    ['k', 'id', 0, {}, 'parts'],
    ['k', 'id', 10_001, {}, 'parts'],
    ['k', 'id', '1', {}, 'parts'],
    ['k', 'id', 1, { size: -1 }, 'size'],
    ['k', 'id', 1, { size: 1.5 }, 'size'],
    ['k', 'id', 1, { expiresIn: 604_801 }, 'expiresIn'],
    ['k', 'id', 1, { checksum: {} }, 'checksum'],
  ])('refuses %j, upload %j, part %j with %j', async (key, uploadId, number, options, reason) => {
    const signer = new PartSigner();
    const presigning = open(signer).storage.as(Presigning);
    const work = presigning.signPart(key, uploadId as string, number as number, options);
    expect((await expectCode(work, 'INVALID_ARGUMENT')).reason).toBe(reason);
    expect(signer.parts).toEqual([]);
  });

  it('is a write: a read-only storage gives none out', async () => {
    const signer = new PartSigner();
    const work = open(signer, readOnly()).storage.as(Presigning).signPart('k', 'id', 1);
    await expectCode(work, 'PERMISSION_DENIED', 'UNSUPPORTED');
    expect(signer.parts).toEqual([]);
  });

  it('is UNSUPPORTED where only objects are signed for', async () => {
    await expectCode(open().storage.as(Presigning).signPart('k', 'id', 1), 'UNSUPPORTED');
  });
});

describe('a form whose size is not known', () => {
  it('is bounded by maxSize, which nothing else has', async () => {
    const { storage, signer } = open();
    await storage.signedUrl('k', { method: 'POST', maxSize: 7 });
    expect(signer.requests).toMatchObject([{ method: 'POST', maxSize: 7 }]);
    for (const options of [
      { method: 'PUT', maxSize: 7 },
      { method: 'POST', maxSize: -1 },
    ]) {
      const error = await expectCode(storage.signedUrl('k', untyped(options)), 'INVALID_ARGUMENT');
      expect(error.reason).toBe('maxSize');
    }
  });
});
