import { expect } from '@jest/globals';
import type { UploadedPart } from '../../src/core/part-store.js';
import { expectCode, failure } from '../support/errors.js';
import type { Theme } from './suite.js';
import { begun, partOf, partsOf, pending, SLOW, uploadsOf } from './uploads.js';

const END = Buffer.from('end');

export const multipartCompletion: Theme = (test) => {
  test(
    'makes an object of parts, with its headers and metadata, and ends the upload',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const key = 'dossier é/日本 🎉.pdf';
      const options = {
        cacheControl: 'max-age=60',
        contentDisposition: 'attachment; filename="a.pdf"',
        contentEncoding: 'identity',
        contentLanguage: 'de',
        metadata: { owner: 'ann', city: 'Zürich' },
      };
      const { uploadId, token, key: named } = await uploads.begin(key, options);
      expect(named).toBe(key);
      const content = partOf(uploads);
      const parts = [
        await uploads.putPart(key, uploadId, 1, content),
        await uploads.putPart(key, uploadId, 2, END),
      ];
      expect(await storage.exists(key)).toBe(false);
      expect((await storage.page()).objects).toEqual([]);
      const info = await uploads.complete(key, uploadId, parts, { token });
      expect(info).toMatchObject({ key, size: content.length + 3 });
      const head = await storage.head(key);
      expect(head).toMatchObject({ ...options, contentType: 'application/pdf', etag: info.etag });
      expect(head.size).toBe(info.size);
      expect((await storage.bytes(key)).equals(Buffer.concat([content, END]))).toBe(true);
      expect(await pending(uploads)).toEqual([]);
      expect(await failure(uploads.listParts(key, uploadId))).toMatchObject(NO_UPLOAD);
    },
    { timeout: SLOW },
  );

  test('makes an empty object of one empty part, with its token and without', async (storage) => {
    const uploads = uploadsOf(storage);
    for (const named of [true, false]) {
      const { id, parts, token } = await begun(uploads, 'empty', [Buffer.alloc(0)]);
      const info = await uploads.complete('empty', id, parts, named ? { token } : {});
      expect(info.size).toBe(0);
      expect((await storage.bytes('empty')).length).toBe(0);
    }
    const { id, token } = await begun(uploads, 'listed', [Buffer.alloc(0)]);
    await uploads.complete('listed', id, await partsOf(uploads, 'listed', id), { token });
    expect((await storage.head('listed')).size).toBe(0);
  });

  test(
    'drops parts that are not named',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const contents = [partOf(uploads, 1), Buffer.from('dropped'), partOf(uploads, 2), END];
      const { id, parts } = await begun(uploads, 'k', contents);
      await uploads.complete('k', id, [parts[0], parts[2]] as UploadedPart[]);
      const whole = Buffer.concat([contents[0], contents[2]] as Buffer[]);
      expect((await storage.bytes('k')).equals(whole)).toBe(true);
      expect(await pending(uploads)).toEqual([]);
    },
    { timeout: SLOW },
  );

  test(
    'refuses a part that is too small and not the last, and goes on with a larger one',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const small = partOf(uploads).subarray(0, uploads.limits.minPart - 1);
      const { id, parts } = await begun(uploads, 'k', [small, END]);
      const error = await expectCode(uploads.complete('k', id, parts), 'INVALID_ARGUMENT');
      expect(error.reason).toBe('parts');
      expect(await storage.exists('k')).toBe(false);
      const content = partOf(uploads);
      const first = await uploads.putPart('k', id, 1, content);
      await uploads.complete('k', id, [first, ...parts.slice(1)]);
      expect((await storage.bytes('k')).equals(Buffer.concat([content, END]))).toBe(true);
    },
    { timeout: SLOW },
  );

  test('refuses parts that are missing, foreign, replaced or out of order, and keeps the upload', async (storage) => {
    const uploads = uploadsOf(storage);
    const other = await begun(uploads, 'other', [Buffer.from('foreign')]);
    const { id, parts } = await begun(uploads, 'k', [Buffer.from('replaced')]);
    const [old] = parts as [UploadedPart];
    const now = await uploads.putPart('k', id, 1, Buffer.from('now'));
    const last = await uploads.putPart('k', id, 2, END);
    const wrong: readonly (readonly unknown[])[] = [
      [],
      [old],
      [{ ...now, number: 7 }],
      [now, { ...now, number: 3 }],
      [{ ...now, etag: last.etag }],
      other.parts,
      [last, now],
      [now, now],
      [null],
      [{ number: 1 }],
    ];
    for (const named of wrong) {
      const error = await expectCode(uploads.complete('k', id, named as UploadedPart[]), 'INVALID_ARGUMENT');
      expect(error.reason).toBe('parts');
    }
    expect(await storage.exists('k')).toBe(false);
    expect((await partsOf(uploads, 'k', id)).map(({ etag }) => etag)).toEqual([now.etag, last.etag]);
    await uploads.complete('k', id, [now]);
    expect(await storage.text('k')).toBe('now');
    await uploads.abort('other', other.id);
  });

  test('knows no upload that was never begun, has ended, or is of another key', async (storage) => {
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [END]);
    const gone = await begun(uploads, 'k', [END]);
    await uploads.abort('k', gone.id);
    for (const [key, unknown] of [
      ['k', gone.id],
      ['other', id],
      ['k', '../../k'],
      ['k', 'no-such-upload'],
    ] as const) {
      expect(await failure(uploads.putPart(key, unknown, 1, END))).toMatchObject(NO_UPLOAD);
      expect(await failure(uploads.listParts(key, unknown))).toMatchObject(NO_UPLOAD);
      expect(await failure(uploads.complete(key, unknown, parts))).toMatchObject(NO_UPLOAD);
      await uploads.abort(key, unknown);
    }
    expect((await pending(uploads)).map(({ uploadId }) => uploadId)).toEqual([id]);
    await uploads.complete('k', id, parts);
    expect(await storage.text('k')).toBe('end');
  });

  test('is completed again with its token, as after a lost answer, until the object is another one', async (storage) => {
    const uploads = uploadsOf(storage);
    const { id, parts, token } = await begun(uploads, 'k', [END]);
    const first = await uploads.complete('k', id, parts, { token });
    const again = await uploads.complete('k', id, parts, { token });
    expect(again).toMatchObject({ key: 'k', size: 3, etag: first.etag });
    await storage.put('k', 'another');
    expect(await failure(uploads.complete('k', id, parts, { token }))).toMatchObject(NO_UPLOAD);
    expect(await storage.text('k')).toBe('another');
  });

  test(
    'is completed again with its token and ifAbsent: the object that is there is its own',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const { id, parts, token } = await begun(uploads, 'k', [END]);
      const first = await uploads.complete('k', id, parts, { token, ifAbsent: true });
      const again = await uploads.complete('k', id, parts, { token, ifAbsent: true });
      expect(again.etag).toBe(first.etag);
    },
    { needs: ['completeIfAbsent'] },
  );

  test(
    'takes several uploads of one key at once: the one completed last is there, whole',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const [one, two] = [partOf(uploads, 1), partOf(uploads, 2)];
      const [a, b] = [await uploads.begin('k'), await uploads.begin('k')];
      const put = (uploadId: string, number: number, content: Buffer) =>
        uploads.putPart('k', uploadId, number, content);
      const a1 = await put(a.uploadId, 1, one);
      const b1 = await put(b.uploadId, 1, two);
      const a2 = await put(a.uploadId, 2, END);
      const b2 = await put(b.uploadId, 2, Buffer.from('END'));
      expect((await pending(uploads)).map(({ uploadId }) => uploadId).sort()).toEqual(
        [a.uploadId, b.uploadId].sort(),
      );
      await uploads.complete('k', b.uploadId, [b1, b2]);
      expect((await storage.bytes('k')).equals(Buffer.concat([two, Buffer.from('END')]))).toBe(true);
      await uploads.complete('k', a.uploadId, [a1, a2]);
      expect((await storage.bytes('k')).equals(Buffer.concat([one, END]))).toBe(true);
    },
    { timeout: SLOW },
  );

  test(
    'keeps what is there until it is completed, and shows readers the old or the new, never a mix',
    async (storage) => {
      const uploads = uploadsOf(storage);
      await storage.put('k', 'the old content');
      const content = partOf(uploads);
      const { id, parts } = await begun(uploads, 'k', [content, END]);
      expect(await storage.text('k')).toBe('the old content');
      const whole = Buffer.concat([content, END]);
      let done = false;
      const completing = uploads.complete('k', id, parts).finally(() => (done = true));
      completing.catch(() => undefined);
      for (;;) {
        const last = done;
        const seen = await storage.bytes('k');
        expect(seen.equals(whole) || seen.toString() === 'the old content').toBe(true);
        if (last) break;
      }
      await completing;
      expect((await storage.bytes('k')).equals(whole)).toBe(true);
    },
    { timeout: SLOW },
  );

  test(
    'completes with ifAbsent only while the key is free, and keeps the upload',
    async (storage) => {
      const uploads = uploadsOf(storage);
      await storage.put('k', 'first');
      const { id, parts } = await begun(uploads, 'k', [END]);
      await expectCode(uploads.complete('k', id, parts, { ifAbsent: true }), 'ALREADY_EXISTS');
      expect(await storage.text('k')).toBe('first');
      expect(await partsOf(uploads, 'k', id)).toHaveLength(1);
      await storage.delete('k');
      await uploads.complete('k', id, parts, { ifAbsent: true });
      expect(await storage.text('k')).toBe('end');
    },
    { needs: ['completeIfAbsent'] },
  );

  test(
    'completes with ifMatch only over the object with this ETag, and keeps the upload',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const { id, parts } = await begun(uploads, 'k', [END]);
      await expectCode(uploads.complete('k', id, parts, { ifMatch: 'some-etag' }), 'NOT_FOUND');
      const old = await storage.put('k', 'one');
      const { etag } = await storage.put('k', 'two');
      await expectCode(uploads.complete('k', id, parts, { ifMatch: old.etag }), 'PRECONDITION_FAILED');
      expect(await storage.text('k')).toBe('two');
      expect(await partsOf(uploads, 'k', id)).toHaveLength(1);
      await uploads.complete('k', id, parts, { ifMatch: etag });
      expect(await storage.text('k')).toBe('end');
    },
    { needs: ['completeIfMatch'] },
  );

  test(
    'says before anything is sent that it holds to conditions',
    async (storage) => {
      const uploads = uploadsOf(storage);
      for (const conditions of [{}, { ifAbsent: true }, { ifMatch: '*' }, { ifMatch: 'some-etag' }])
        await uploads.checkConditions('k', conditions);
      await expectCode(uploads.checkConditions('../k', { ifAbsent: true }), 'INVALID_ARGUMENT');
      await expectCode(uploads.checkConditions('k', { ifAbsent: true, ifMatch: 'e' }), 'INVALID_ARGUMENT');
      const signal = AbortSignal.abort();
      await expectCode(uploads.checkConditions('k', { ifAbsent: true, signal }), 'ABORTED');
      expect((await storage.page()).objects).toEqual([]);
      expect(await pending(uploads)).toEqual([]);
    },
    { needs: ['completeIfAbsent', 'completeIfMatch'] },
  );

  test(
    'lets one of several that complete at once with ifAbsent win',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const all = await Promise.all(
        ['a', 'b', 'c', 'd'].map((content) => begun(uploads, 'k', [Buffer.from(content)])),
      );
      const outcomes = await Promise.allSettled(
        all.map(({ id, parts }) => uploads.complete('k', id, parts, { ifAbsent: true })),
      );
      const won = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
      expect(won).toHaveLength(1);
      expect(await storage.text('k')).toBe('abcd'[won[0] ?? -1]);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected')
          expect(['ALREADY_EXISTS', 'CONFLICT']).toContain((outcome.reason as { code: string }).code);
      for (const { uploadId } of await pending(uploads)) await uploads.abort('k', uploadId);
    },
    { needs: ['completeIfAbsent'] },
  );
};

/** Of what an upload that is not there fails with. */
const NO_UPLOAD = { code: 'NOT_FOUND', reason: 'upload' } as const;
