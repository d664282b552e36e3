import { describe, expect, it } from '@jest/globals';
import { profileOf } from '../../../../src/backends/s3/profiles/profiles.js';
import type { S3BackendOptions } from '../../../../src/backends/s3/options.js';
import type { Fault } from '../../../faults/fault.js';
import { failure } from '../../../support/errors.js';
import { sleep, within } from '../../../support/within.js';
import { usePatientServer } from './patient-server.js';

/** Less than anything but the signal takes to end what has stalled. */
const PROMPT_MS = 4_000;
const ONE_BY_ONE: Partial<S3BackendOptions> = {
  profile: { ...profileOf({ name: 'aws', endpoint: undefined }), deleteMany: 'single' },
};
/** XML cannot carry it: it is deleted by a request of its own. */
const UNSAFE = 'with\u0001control';

describe.each(['auto', 'sdk'] as const)('a batch whose signal aborts, sent by %s', (requests) => {
  const bench = usePatientServer();

  /** The code of a deleteMany that is aborted when the server has had `count` requests. */
  const aborted = async (
    keys: readonly string[],
    fault: Fault,
    { count = 1, ...options }: Partial<S3BackendOptions> & { readonly count?: number } = {},
  ): Promise<string> => {
    bench.server.next({ ...fault, times: Infinity });
    const controller = new AbortController();
    const storage = bench.open({ requests, ...options });
    const work = failure(storage.deleteMany(keys, { signal: controller.signal }));
    const end = performance.now() + 5_000;
    while (bench.server.seen().length < count && performance.now() < end) await sleep(5);
    await sleep(50);
    controller.abort();
    const { code, cause } = await within(work, 'the abort', PROMPT_MS);
    expect(code === 'OUTCOME_UNKNOWN').toBe((cause as { code?: string } | undefined)?.code === 'ABORTED');
    return code;
  };

  const stall: Fault = { sends: 'nothing', then: 'stall' };

  it('is of unknown outcome when the server has had it', async () => {
    expect(await aborted(['a', 'c'], stall)).toBe('OUTCOME_UNKNOWN');
  });

  it('is of unknown outcome when the answer breaks within', async () => {
    expect(await aborted(['a', 'c'], { sends: 'half', then: 'stall' })).toBe('OUTCOME_UNKNOWN');
  });

  it('is of unknown outcome when another batch was done', async () => {
    const keys = ['a', ...Array.from({ length: 1_500 }, (_, i) => `k${i}`)];
    // The second one says nothing.
    const match = () => bench.server.seen('POST').length > 1;
    expect(await aborted(keys, { ...stall, match }, { count: 2, maxSockets: 1 })).toBe('OUTCOME_UNKNOWN');
  });

  it('is of unknown outcome when its keys go one by one', async () => {
    expect(await aborted(['a', 'c'], stall, ONE_BY_ONE)).toBe('OUTCOME_UNKNOWN');
  });

  it('is of unknown outcome when one key of many was done', async () => {
    expect(await aborted(['a', 'c'], { ...stall, key: 'c' }, { ...ONE_BY_ONE, count: 2 })).toBe(
      'OUTCOME_UNKNOWN',
    );
    expect(bench.server.s3.objects.has('a')).toBe(false);
  });

  it('is of unknown outcome when a key that XML cannot carry was done', async () => {
    expect(await aborted(['a', UNSAFE], { ...stall, method: 'POST' }, { count: 2 })).toBe('OUTCOME_UNKNOWN');
  });

  it('leaves all as it was when no key was sent', async () => {
    const credentials = () => new Promise<never>(() => undefined);
    expect(await aborted(['a', 'c'], {}, { credentials, count: 0 })).toBe('ABORTED');
    expect(bench.server.seen()).toHaveLength(0);
  });
});

describe('a batch of which a part fails', () => {
  const bench = usePatientServer();

  it('tells of the other part that it is done', async () => {
    bench.server.next({ method: 'POST', answer: { status: 403, headers: {}, body: Buffer.alloc(0) } });
    const results = await bench.storage.deleteMany(['a', UNSAFE]);
    expect(results.map(({ error }) => error?.code)).toEqual(['PERMISSION_DENIED', undefined]);
  });
});
