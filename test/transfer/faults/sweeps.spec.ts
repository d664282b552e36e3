import { describe, expect, it } from '@jest/globals';
import { withLayers } from '../../../src/core/layered-backend.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { refusal } from '../../faults/tiny-s3.js';
import { streamOf } from '../../support/bodies.js';
import { failure } from '../../support/errors.js';
import { sleep, within } from '../../support/within.js';
import { CONTENT, onServer } from './broken-server.js';
import { STEPS } from './put-under-fault.js';

const ALL = { olderThanHours: 0 };

async function until(wanted: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !wanted(); await sleep(5))
    if (performance.now() > end) throw new Error('It has not come to that');
}

/** What a sweep of everything makes of the uploads of `storage`. */
const swept = async (storage: StorageService): Promise<readonly string[]> =>
  (await within(storage.uploads.sweep(ALL), 'the sweep', 10_000)).map(({ outcome }) => outcome);

describe('a sweep of the process that puts', () => {
  it.each(['part 2', 'last part', 'complete'] as const)(
    'leaves an upload alone whose %s is on its way',
    async (step) => {
      await onServer(async ({ server, storage, key }) => {
        server.next({ match: STEPS[step], delayMs: 600 });
        const putting = storage.put(key, streamOf(CONTENT));
        await until(() => server.requests.some(STEPS[step]));
        expect(await swept(storage)).toEqual(['busy']);
        expect((await within(putting, 'the put', 10_000)).size).toBe(CONTENT.length);
        expect(server.s3.uploads.pending.size).toBe(0);
      });
    },
  );

  it('leaves an upload alone whose id is on its way', async () => {
    await onServer(async ({ server, storage, key }) => {
      server.next({ match: STEPS.create, pace: { bytes: 50, everyMs: 50 } });
      const putting = storage.put(key, streamOf(CONTENT));
      await until(() => server.s3.uploads.pending.size > 0);
      expect(await swept(storage)).toEqual(['busy']);
      expect((await within(putting, 'the put', 10_000)).size).toBe(CONTENT.length);
    });
  });

  it('knows it through layers, within a scope, and by another name of the backend', async () => {
    await onServer(async ({ server, backend, key: scope }) => {
      const layered = withLayers(backend, 'layered', [(call, next) => next(call)]);
      const storage = new StorageService('layered', layered);
      server.next({ match: STEPS['part 2'], delayMs: 600 });
      const putting = storage.scoped(scope).put('x', streamOf(CONTENT));
      await until(() => server.requests.some(STEPS['part 2']));
      expect(await swept(storage)).toEqual(['busy']);
      expect(await swept(storage.scoped(scope))).toEqual(['busy']);
      expect(await swept(new StorageService('other', backend))).toEqual(['busy']);
      await within(putting, 'the put', 10_000);
    });
  });

  it('removes what a put has left that has ended', async () => {
    await onServer(async ({ server, storage, key }) => {
      server.next({ match: STEPS.complete, acts: false, sends: 'nothing', then: 'reset', times: Infinity });
      expect((await failure(storage.put(key, streamOf(CONTENT)), 30_000)).code).toBe('OUTCOME_UNKNOWN');
      expect(await swept(storage)).toEqual(['removed']);
      server.heal();
      server
        .next({ match: STEPS['part 2'], answer: refusal(403, 'AccessDenied'), times: Infinity })
        .next({ match: STEPS.abort, answer: refusal(403, 'AccessDenied') });
      expect((await failure(storage.put(key, streamOf(CONTENT)), 10_000)).code).toBe('PERMISSION_DENIED');
      expect(await swept(storage)).toEqual(['removed']);
      expect(server.s3.uploads.pending.size).toBe(0);
    });
  });
});
