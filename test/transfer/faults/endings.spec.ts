import { describe, expect, it } from '@jest/globals';
import { type Readable } from 'node:stream';
import type { SeenRequest } from '../../faults/fault.js';
import { bare } from '../../faults/tiny-s3-answers.js';
import { failing, stalled, streamOf } from '../../support/bodies.js';
import { failure } from '../../support/errors.js';
import { until } from '../../support/until.js';
import { sleep, within } from '../../support/within.js';
import { CONTENT, endingOf, OLD, onServer, PART, type BrokenServer } from './broken-server.js';
import { STEPS, type UploadStep } from './put-under-fault.js';

/** Gives `bytes` of the content, and then does nothing more, or fails. */
const broken = (bytes: number, error?: Error): Readable =>
  error ? failing(error, CONTENT.subarray(0, bytes)) : stalled(CONTENT.subarray(0, bytes));

const met = ({ server }: BrokenServer, wanted: (request: SeenRequest) => boolean): Promise<void> =>
  until(() => server.requests.some(wanted));

function expectOld({ server, memory, key }: BrokenServer, left = 0): void {
  expect(server.s3.objects.get(key)?.body.equals(OLD)).toBe(true);
  expect(server.s3.uploads.pending.size).toBe(left);
  expect({ held: memory.held, queue: memory.queue }).toEqual({ held: 0, queue: 0 });
}

describe('an upload in parts that somebody ends', () => {
  const steps: readonly UploadStep[] = ['create', 'part 2', 'last part', 'complete'];
  it.each(steps)('by its signal while %s is on its way leaves what was there', async (step) => {
    await onServer(async (place) => {
      const { server, storage, key } = place;
      server.s3.seed(key, OLD);
      // It is not answered before the signal, and then it has its effect all the same.
      server.next({
        match: STEPS[step],
        delayMs: step === 'create' ? 300 : 60_000,
        times: Infinity,
        acts: step !== 'complete',
      });
      const control = new AbortController();
      const putting = storage.put(key, streamOf(CONTENT), { signal: control.signal });
      putting.catch(() => undefined);
      await met(place, STEPS[step]);
      control.abort();
      const error = await failure(putting, 10_000);
      expect(error.code).toBe(step === 'complete' ? 'OUTCOME_UNKNOWN' : 'ABORTED');
      server.heal().release();
      // An abort could take the parts of what it has become meanwhile.
      if (step === 'complete') expect(server.seen('DELETE')).toEqual([]);
      expectOld(place, step === 'complete' ? 1 : 0);
    });
  });

  it('is aborted again while parts are stored behind the first abort', async () => {
    await onServer(async (place) => {
      const { server, storage, key } = place;
      server.s3.seed(key, OLD);
      server.next({ match: STEPS.abort, times: 2, acts: false, answer: bare(204) });
      const source = broken(2 * PART + 1);
      const putting = storage.put(key, source);
      putting.catch(() => undefined);
      await until(() => server.s3.uploads.pending.values().next().value?.parts.size === 2);
      source.destroy(new Error('broken'));
      expect(await failure(putting, 10_000)).toMatchObject({ code: 'ABORTED', reason: 'body' });
      expect(server.seen('DELETE')).toHaveLength(3);
      expectOld(place);
    });
  });

  it.each([0, 1, PART - 1, PART, PART + 1, 2 * PART, CONTENT.length - 1, CONTENT.length])(
    'by its source after %i bytes leaves what was there',
    async (bytes) => {
      await onServer(async (place) => {
        const { server, storage, key } = place;
        server.s3.seed(key, OLD);
        const source = broken(bytes, new Error('broken'));
        expect(await endingOf(storage.put(key, source))).toBe('ABORTED body');
        expect(source.destroyed).toBe(true);
        expectOld(place);
      });
    },
  );

  it.each([
    ['shorter', CONTENT.length + 1],
    ['much shorter', 3 * CONTENT.length],
    ['longer', CONTENT.length - 1],
    ['much longer', PART - 1],
    ['longer than nothing', 0],
  ])('by a source that is %s than it was said to be leaves what was there', async (_, size) => {
    await onServer(async (place) => {
      const { server, storage, key } = place;
      server.s3.seed(key, OLD);
      expect(await endingOf(storage.put(key, streamOf(CONTENT), { size }))).toBe('INVALID_ARGUMENT size');
      expect(server.seen('POST').filter((request) => STEPS.complete(request))).toEqual([]);
      expectOld(place);
    });
  });

  it('by the end of its backend fails, and holds nothing', async () => {
    const left = await onServer(async (place) => {
      const { server, storage, backend, key } = place;
      server.s3.seed(key, OLD);
      const source = broken(2 * PART + 10);
      const putting = storage.put(key, source);
      putting.catch(() => undefined);
      await met(place, STEPS['part 2']);
      await sleep(20);
      await within(backend.close(), 'closing');
      source.destroy(new Error('its client has gone'));
      const error = await failure(putting, 10_000);
      expect(['ABORTED', 'UNAVAILABLE']).toContain(error.code);
      expect(server.s3.objects.get(key)?.body.equals(OLD)).toBe(true);
      return server.s3.uploads.pending.size;
    });
    // Nothing is sent any more: a module ends what runs before it closes a backend, and who has none sweeps.
    expect(left).toBe(1);
  });
});
