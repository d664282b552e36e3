import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { StorageError } from '../../src/core/error.js';
import { Gate } from '../../src/core/gate.js';
import { InFlight } from '../../src/core/in-flight.js';
import type { Operation } from '../../src/core/layer.js';
import { stalled } from '../support/bodies.js';
import { expectCode, thrown } from '../support/errors.js';
import { sleep, within } from '../support/within.js';

const operation = (name: string, signal?: AbortSignal): Operation => ({
  ...{ name, access: 'read', key: 'k', keys: ['k'], scope: '', storage: 'test', backend: 'memory' },
  signal,
});

describe('Gate', () => {
  it('lets in no more than its limit, the others in the order of their coming', async () => {
    const gate = new Gate(2);
    const order: number[] = [];
    let inside = 0;
    let most = 0;
    const one = async (i: number) => {
      await gate.enter();
      order.push(i);
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
      gate.leave();
    };
    await within(Promise.all(Array.from({ length: 12 }, (_, i) => one(i))));
    expect(most).toBe(2);
    expect(order).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(gate.idle).toBe(true);
  });

  it('loses no place when somebody gives up waiting', async () => {
    const gate = new Gate(1);
    await gate.enter();
    let fail: (error: StorageError) => void = () => undefined;
    const givingUp = gate.enter((give) => {
      fail = give;
      return () => undefined;
    });
    const patient = gate.enter();
    fail(new StorageError('ABORTED', 'x'));
    await expectCode(givingUp, 'ABORTED');
    gate.leave();
    await within(patient);
    gate.leave();
    expect(gate.idle).toBe(true);
    await within(gate.enter());
  });

  it('lets nobody in who gives up before he waits', async () => {
    const gate = new Gate(1);
    await gate.enter();
    const late = gate.enter((give) => {
      give(new StorageError('ABORTED', 'x'));
      return () => undefined;
    });
    await expectCode(late, 'ABORTED');
    gate.leave();
    expect(gate.idle).toBe(true);
  });

  it('stops watching whom it let in', async () => {
    const gate = new Gate(1);
    await gate.enter();
    let watched = true;
    const waiting = gate.enter(() => () => void (watched = false));
    gate.leave();
    await within(waiting);
    expect(watched).toBe(false);
  });

  it('refuses limits that let nobody in', () => {
    for (const limit of [0, -1, 1.5, NaN, Infinity])
      expect(thrown(() => new Gate(limit))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('InFlight', () => {
  it('waits for what runs', async () => {
    const inFlight = new InFlight();
    let ended = false;
    const work = inFlight.layer(operation('put'), async () => {
      await sleep(20);
      ended = true;
    });
    expect(inFlight.size).toBe(1);
    expect(await within(inFlight.drain(2_000))).toBe(0);
    expect(ended).toBe(true);
    await work;
    expect(inFlight.size).toBe(0);
  });

  it('waits for a body that is being read, also when its get had not ended yet', async () => {
    const inFlight = new InFlight();
    const body = stalled();
    const getting = inFlight.layer(operation('get'), async () => {
      await sleep(10);
      return { body };
    });
    let drained = false;
    const draining = inFlight.drain(5_000).then((aborted) => {
      drained = true;
      return aborted;
    });
    await within(getting);
    await sleep(20);
    expect(drained).toBe(false);
    body.destroy();
    expect(await within(draining)).toBe(0);
  });

  it('aborts what does not end in time, bodies too, and counts it', async () => {
    const inFlight = new InFlight();
    const work = inFlight.layer(
      operation('put'),
      ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    const body = stalled().on('error', () => undefined);
    await inFlight.layer(operation('get'), () => Promise.resolve({ body }));
    const failed = expectCode(work, 'ABORTED');
    expect(await within(inFlight.drain(20))).toBe(2);
    expect((await failed).reason).toBe('shutdown');
    expect(body.destroyed).toBe(true);
    expect(inFlight.size).toBe(0);
  });

  it('does not wait for ever for what cannot be aborted', async () => {
    const inFlight = new InFlight();
    void inFlight.layer(operation('put'), () => new Promise(() => undefined));
    // Three seconds for a clean-up.
    expect(await within(inFlight.drain(10), 'the drain', 6_000)).toBe(1);
  });

  it('refuses operations when it is closed', async () => {
    const inFlight = new InFlight();
    inFlight.close();
    const error = await expectCode(
      inFlight.layer(operation('get'), () => Promise.resolve(1)),
      'UNAVAILABLE',
    );
    expect(error.reason).toBe('closed');
  });

  it('passes on the abort of the caller, and forgets an ended body', async () => {
    const inFlight = new InFlight();
    const controller = new AbortController();
    const work = inFlight.layer(operation('put', controller.signal), async ({ signal }) => {
      controller.abort();
      return Promise.resolve(signal?.aborted);
    });
    expect(await work).toBe(true);
    const body = Readable.from(['x']);
    await inFlight.layer(operation('get'), () => Promise.resolve({ body }));
    expect(inFlight.size).toBe(1);
    await body.toArray();
    await sleep(5);
    expect(inFlight.size).toBe(0);
  });
});
