import { describe, expect, it } from '@jest/globals';
import { StorageError } from '../../../src/core/error.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { refusal } from '../../faults/tiny-s3.js';
import { streamOf } from '../../support/bodies.js';
import { failure } from '../../support/errors.js';
import { until } from '../../support/until.js';
import { within } from '../../support/within.js';
import { useFolder } from '../support/folders.js';
import { CONTENT, OLD, onServer, PART } from './broken-server.js';
import { BODIES, STEPS } from './put-under-fault.js';

const ALL = { olderThanHours: 0 };
/** Of a request that is held until the sweep is over, however long that takes on a busy machine. */
const HELD_MS = 60_000;
const PATIENT = { firstByteTimeoutMs: 20_000, idleTimeoutMs: 20_000, requestTimeoutMs: 20_000 };

/** What a sweep of everything makes of the uploads of `storage`. */
const swept = async (storage: StorageService): Promise<readonly string[]> =>
  (await within(storage.uploads.sweep(ALL), 'the sweep', 10_000)).map(({ outcome }) => outcome);

describe('a sweep of the process that puts', () => {
  it.each(['part 2', 'last part', 'complete'] as const)(
    'leaves an upload alone whose %s is on its way',
    async (step) => {
      await onServer(async ({ server, storage, key }) => {
        server.next({ match: STEPS[step], delayMs: HELD_MS });
        const putting = storage.put(key, streamOf(CONTENT));
        await until(() => server.requests.some(STEPS[step]));
        expect(await swept(storage)).toEqual(['busy']);
        expect((await within(server.releasing(putting), 'the put')).size).toBe(CONTENT.length);
        expect(server.s3.uploads.pending.size).toBe(0);
      }, PATIENT);
    },
  );

  it('leaves an upload alone whose id is on its way', async () => {
    await onServer(async ({ server, storage, key }) => {
      server.next({ match: STEPS.create, pace: { bytes: 50, everyMs: 300 } });
      const putting = storage.put(key, streamOf(CONTENT));
      await until(() => server.s3.uploads.pending.size > 0);
      expect(await swept(storage)).toEqual(['busy']);
      expect((await within(putting, 'the put')).size).toBe(CONTENT.length);
    }, PATIENT);
  });

  it('knows it through layers, within a scope, and by another name of the backend', async () => {
    await onServer(async ({ server, backend, key: scope }) => {
      const layered = withLayers(backend, 'layered', [(call, next) => next(call)]);
      const storage = new StorageService('layered', layered);
      server.next({ match: STEPS['part 2'], delayMs: HELD_MS });
      const putting = storage.scoped(scope).put('x', streamOf(CONTENT));
      await until(() => server.requests.some(STEPS['part 2']));
      expect(await swept(storage)).toEqual(['busy']);
      expect(await swept(storage.scoped(scope))).toEqual(['busy']);
      expect(await swept(new StorageService('other', backend))).toEqual(['busy']);
      await within(server.releasing(putting), 'the put');
    }, PATIENT);
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

describe('a sweep of another process', () => {
  const folder = useFolder();

  it.each(
    Object.entries(BODIES).flatMap(([kind, bodyIn]) =>
      (['part 2', 'last part', 'complete'] as const).map((step) => [kind, step, bodyIn] as const),
    ),
  )('ends a put of %s before its %s, which is no absence of anything', async (_, step, bodyIn) => {
    await onServer(async ({ server, storage, key }) => {
      server.s3.seed(key, OLD);
      let swept = 0;
      server.next({
        match: STEPS[step],
        acts: false,
        answer: () => {
          swept += server.s3.uploads.pending.size;
          server.s3.uploads.pending.clear();
          return refusal(404, 'NoSuchUpload');
        },
      });
      const put = () => storage.put(key, bodyIn(folder.path), { partSize: PART });
      const error = await failure(put(), 10_000);
      expect([error.code, error.reason, swept]).toEqual(['CONFLICT', 'upload', 1]);
      expect(server.s3.objects.get(key)?.body.equals(OLD)).toBe(true);
      expect((await within(put(), 'the put', 10_000)).size).toBe(CONTENT.length);
    });
  });

  it('is not taken for what the body of a put fails with', async () => {
    await onServer(async ({ storage, key }) => {
      const body = async function* () {
        yield await Promise.resolve(CONTENT);
        throw new StorageError('NOT_FOUND', 'There is no such upload', { reason: 'upload' });
      };
      const error = await failure(storage.put(key, body(), { partSize: PART }), 10_000);
      expect([error.code, error.reason]).toEqual(['NOT_FOUND', 'upload']);
    });
  });

  it('does not hide that there is no object to match', async () => {
    await onServer(async ({ server, storage, key }) => {
      const put = storage.put(key, CONTENT, { partSize: PART, ifMatch: '0'.repeat(32) });
      const error = await failure(put, 10_000);
      expect([error.code, error.reason]).toEqual(['NOT_FOUND', undefined]);
      expect(server.s3.uploads.pending.size).toBe(0);
    });
  });
});
