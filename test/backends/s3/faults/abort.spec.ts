import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { StorageError } from '../../../../src/core/error.js';
import type { StorageService } from '../../../../src/storage/storage.service.js';
import type { Fault, SeenRequest } from '../../../faults/fault.js';
import { refusal } from '../../../faults/tiny-s3.js';
import { MIB, readAll, stalled } from '../../../support/bodies.js';
import { failure } from '../../../support/errors.js';
import { until } from '../../../support/until.js';
import { sleep } from '../../../support/within.js';
import { operations } from './operations.js';
import { usePatientServer } from './patient-server.js';
import { outcomeOf, SEEDED, type FaultBench } from './support.js';

/** Milliseconds within which an aborted operation ends: less than anything but the signal takes to end what has stalled. */
const PROMPT_MS = 4_000;

const big = randomBytes(16 * MIB);

interface Phase {
  readonly fault?: Fault;
  readonly prepare?: (bench: FaultBench) => void;
  readonly run?: (storage: StorageService, signal: AbortSignal) => Promise<unknown>;
  /** Whether the server had all of a write. */
  readonly handedOver?: boolean;
}

const put = (body: Buffer) => (storage: StorageService, signal: AbortSignal) =>
  storage.put('n', body, { signal });
const list = (storage: StorageService, signal: AbortSignal) => storage.page({ signal });
const copy = (storage: StorageService, signal: AbortSignal) => storage.copy('c', 'n', { signal });

const phases: Readonly<Record<string, Phase>> = {
  'while the connection says nothing': { prepare: ({ server }) => server.nextConnection('silent', 9) },
  'while it waits for the answer': { fault: { sends: 'nothing', then: 'stall' } },
  'within the headers of the answer': { fault: { sends: 'half-head', then: 'stall' } },
  'while a body is sent': { fault: { reads: 'head', sends: 'nothing', then: 'stall' }, run: put(big) },
  'while it waits for the answer to a body': {
    fault: { sends: 'nothing', then: 'stall' },
    run: put(big),
    handedOver: true,
  },
  'within a content': { fault: { sends: 'half', then: 'stall' } },
  'within a list': { fault: { sends: 'half', then: 'stall' }, run: list },
  'within the answer to a copy': {
    fault: { method: 'PUT', sends: 'half', then: 'stall' },
    run: copy,
    handedOver: true,
  },
  'while a copy is kept alive by white space': {
    fault: {
      method: 'PUT',
      bytes: (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.alloc(9999, ' ')]),
      pace: { bytes: 400, everyMs: 20 },
    },
    run: copy,
    handedOver: true,
  },
  'within the reason of a refusal': {
    fault: { answer: refusal(403, 'AccessDenied'), sends: 'half', then: 'stall' },
  },
  'within the pause before another try': {
    fault: { answer: refusal(503, 'SlowDown', { 'retry-after': '5' }) },
  },
  'while a stream gives nothing': { run: (storage, signal) => storage.put('n', stalled(), { signal }) },
};

const isWhole = ({ headers, bodyBytes }: SeenRequest): boolean =>
  bodyBytes === Number(headers['content-length'] ?? 0);

describe('an operation whose signal aborts', () => {
  const bench = usePatientServer();

  it.each(Object.entries(phases))('%s ends at once', async (_, { fault, prepare, run, handedOver }) => {
    if (fault) bench.server.next({ ...fault, times: Infinity });
    prepare?.(bench);
    const { server, storage } = bench;
    const controller = new AbortController();
    const read = (service: StorageService, signal: AbortSignal) => service.bytes('a', { signal });
    const work = outcomeOf((run ?? read)(storage, controller.signal));
    if (handedOver) await until(() => server.seen('PUT').some(isWhole));
    // What the server has is on its way back to where the client notes that it is sent.
    await sleep(150);
    const began = performance.now();
    controller.abort();
    expect((await work).code).toBe(handedOver ? 'OUTCOME_UNKNOWN' : 'ABORTED');
    expect(performance.now() - began).toBeLessThan(PROMPT_MS);
    // The connection is closed, not left to the server, unless nothing was under way.
    expect(await bench.server.settled(fault?.then === 'stall' && !fault.method ? 0 : 1, PROMPT_MS)).toBe(
      true,
    );
    bench.server.heal();
    expect(await storage.text('a')).toBe(SEEDED.a);
  });

  it.each(Object.entries(operations))('%s: ends at once, too', async (name, operation) => {
    bench.server.next({ times: Infinity, sends: 'nothing', then: 'stall' });
    const controller = new AbortController();
    const work = outcomeOf(operation.run(bench.storage, bench, controller.signal));
    await until(() => bench.server.seen().length > 0);
    const began = performance.now();
    controller.abort();
    // A conditional delete looks first, and so does a copy.
    const looking = name === 'delete ifMatch' || name.startsWith('copy');
    expect((await work).code).toBe(operation.done && !looking ? 'OUTCOME_UNKNOWN' : 'ABORTED');
    expect(performance.now() - began).toBeLessThan(PROMPT_MS);
    expect(bench.server.seen(operation.method).length).toBeLessThanOrEqual(1);
  });

  it.each(Object.entries(operations))('%s: sends nothing when it had aborted before', async (_, { run }) => {
    const { code } = await outcomeOf(run(bench.storage, bench, AbortSignal.abort()));
    expect(code).toBe('ABORTED');
    expect(bench.server.seen()).toHaveLength(0);
  });

  it('while it waits for a connection leaves the queue', async () => {
    bench.server.s3.seed('big', big);
    const storage = bench.open({ maxSockets: 1 });
    const { body } = await storage.get('big');
    const controller = new AbortController();
    const works = Array.from({ length: 20 }, () =>
      outcomeOf(storage.bytes('a', { signal: controller.signal })),
    );
    const patient = storage.text('c');
    await sleep(30);
    controller.abort();
    for (const { code } of await Promise.all(works)) expect(code).toBe('ABORTED');
    body.destroy();
    expect(await patient).toBe(SEEDED.c);
    expect(bench.server.seen()).toHaveLength(2);
  });

  it('while it waits for credentials does not wait for them', async () => {
    const storage = bench.open({ credentials: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const work = outcomeOf(storage.bytes('a', { signal: controller.signal }));
    await sleep(30);
    const began = performance.now();
    controller.abort();
    expect((await work).code).toBe('ABORTED');
    expect(performance.now() - began).toBeLessThan(PROMPT_MS);
  });

  it('says the StorageError that is its reason', async () => {
    bench.server.next({ times: Infinity, sends: 'nothing', then: 'stall' });
    const controller = new AbortController();
    const work = failure(bench.storage.bytes('a', { signal: controller.signal }));
    controller.abort(new StorageError('TIMEOUT', 'too slow', { reason: 'mine' }));
    expect(await work).toMatchObject({ code: 'TIMEOUT', reason: 'mine' });
  });

  it('after the headers of a get ends its body', async () => {
    bench.server.s3.seed('big', big);
    const controller = new AbortController();
    const { body } = await bench.storage.get('big', { signal: controller.signal });
    const read = failure(readAll(body));
    controller.abort();
    expect((await read).code).toBe('ABORTED');
    expect(await bench.server.settled(0, PROMPT_MS)).toBe(true);
  });

  it('after it ended has no effect, and leaves no listener behind', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    for (const { run } of Object.values(operations)) {
      bench.server.s3.seed('a', SEEDED.a);
      bench.server.s3.seed('c', SEEDED.c);
      await run(bench.storage, bench, signal).catch(() => undefined);
    }
    await sleep(10);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    controller.abort();
    expect(await bench.storage.text('c')).toBe(SEEDED.c);
  });
});
