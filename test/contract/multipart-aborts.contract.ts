import { expect } from '@jest/globals';
import { expectCode, failure } from '../support/errors.js';
import { sleep, within } from '../support/within.js';
import type { Theme } from './suite.js';
import { begun, partOf, partsOf, pending, rereadable, SLOW, uploadsOf } from './uploads.js';

const CONTENT = Buffer.from('content');

export const multipartAborts: Theme = (test) => {
  test('removes an upload and its parts, and leaves what is stored', async (storage) => {
    const uploads = uploadsOf(storage);
    await storage.put('k', 'old');
    const { id, parts } = await begun(uploads, 'k', [CONTENT, CONTENT]);
    const other = await begun(uploads, 'k', [CONTENT]);
    await uploads.abort('k', id);
    expect((await pending(uploads)).map(({ uploadId }) => uploadId)).toEqual([other.id]);
    for (const work of [
      () => uploads.putPart('k', id, 3, CONTENT),
      () => uploads.listParts('k', id),
      () => uploads.complete('k', id, parts),
    ])
      expect(await failure(work())).toMatchObject({ code: 'NOT_FOUND', reason: 'upload' });
    expect(await storage.text('k')).toBe('old');
    expect(await partsOf(uploads, 'k', other.id)).toHaveLength(1);
    await uploads.abort('k', other.id);
  });

  test('takes it for no error when there is nothing to be aborted', async (storage) => {
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [CONTENT]);
    await uploads.abort('other', id);
    await uploads.abort('k', 'no-such-upload');
    expect(await partsOf(uploads, 'k', id)).toHaveLength(1);
    await uploads.complete('k', id, parts);
    await uploads.abort('k', id);
    await uploads.abort('k', id);
    expect(await storage.text('k')).toBe('content');
  });

  test(
    'leaves nothing of a part that is on its way',
    async (storage) => {
      const uploads = uploadsOf(storage);
      const { uploadId } = await uploads.begin('k');
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let reached = (): void => undefined;
      const reading = new Promise<void>((resolve) => (reached = resolve));
      const slow = rereadable(partOf(uploads), () => {
        reached();
        return held;
      });
      const putting = uploads.putPart('k', uploadId, 1, slow).catch(() => undefined);
      await within(reading, 'the first read');
      const aborting = uploads.abort('k', uploadId);
      await sleep(20);
      release();
      await within(Promise.all([putting, aborting]), 'the abort', 20_000);
      expect(await failure(uploads.listParts('k', uploadId))).toMatchObject({ code: 'NOT_FOUND' });
      expect(await pending(uploads)).toEqual([]);
    },
    { timeout: SLOW },
  );

  test('does either, wholly, when an upload is completed and aborted at once', async (storage) => {
    const uploads = uploadsOf(storage);
    for (let round = 0; round < 5; round++) {
      await storage.put('k', 'old');
      const { id, parts } = await begun(uploads, 'k', [CONTENT]);
      const [completed, aborted] = await Promise.allSettled([
        uploads.complete('k', id, parts),
        uploads.abort('k', id),
      ]);
      expect(aborted.status).toBe('fulfilled');
      if (completed.status === 'fulfilled') expect(await storage.text('k')).toBe('content');
      else {
        expect(completed.reason).toMatchObject({ code: 'NOT_FOUND', reason: 'upload' });
        expect(await storage.text('k')).toBe('old');
      }
      expect(await pending(uploads)).toEqual([]);
    }
  });

  test('does nothing when its signal is aborted before', async (storage) => {
    const uploads = uploadsOf(storage);
    const signal = AbortSignal.abort();
    await expectCode(uploads.begin('k', { signal }), 'ABORTED');
    expect(await pending(uploads)).toEqual([]);
    const { id, parts } = await begun(uploads, 'k', [CONTENT]);
    await expectCode(uploads.putPart('k', id, 2, CONTENT, { signal }), 'ABORTED');
    await expectCode(uploads.listParts('k', id, { signal }), 'ABORTED');
    await expectCode(uploads.list({ signal }), 'ABORTED');
    await expectCode(uploads.complete('k', id, parts, { signal }), 'ABORTED');
    await expectCode(uploads.abort('k', id, { signal }), 'ABORTED');
    expect(await storage.exists('k')).toBe(false);
    expect(await partsOf(uploads, 'k', id)).toHaveLength(1);
    await uploads.complete('k', id, parts);
    expect(await storage.text('k')).toBe('content');
  });

  test('leaves no part whose signal aborts while it is sent, and the one before as it was', async (storage) => {
    const uploads = uploadsOf(storage);
    const { id, parts } = await begun(uploads, 'k', [CONTENT]);
    for (const number of [1, 2]) {
      const controller = new AbortController();
      const source = rereadable(Buffer.alloc(2 * 1024 * 1024, 'x'), () => controller.abort());
      const { signal } = controller;
      await expectCode(uploads.putPart('k', id, number, source, { signal }), 'ABORTED');
    }
    expect((await partsOf(uploads, 'k', id)).map(({ etag }) => etag)).toEqual([parts[0]?.etag]);
    await uploads.complete('k', id, parts);
    expect(await storage.text('k')).toBe('content');
  });

  test('ends a completion with its signal, and shows the object whole or not at all', async (storage) => {
    const uploads = uploadsOf(storage);
    const { id, parts, token } = await begun(uploads, 'k', [CONTENT]);
    const controller = new AbortController();
    const completing = uploads.complete('k', id, parts, { token, signal: controller.signal }).then(
      () => 'OK',
      (error: unknown) => (error as { code: string }).code,
    );
    controller.abort();
    const code = await within(completing, 'the completion', 20_000);
    expect(['OK', 'ABORTED', 'OUTCOME_UNKNOWN']).toContain(code);
    if (code === 'ABORTED') expect(await storage.exists('k')).toBe(false);
    if (code !== 'OK') await uploads.complete('k', id, parts, { token });
    expect(await storage.text('k')).toBe('content');
    expect(await pending(uploads)).toEqual([]);
  });
};
