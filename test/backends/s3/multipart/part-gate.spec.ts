import { describe, expect, it } from '@jest/globals';
import { PartGate, type GatePass } from '../../../../src/backends/s3/multipart/part-gate.js';
import { expectCode } from '../../../support/errors.js';
import { sleep, within } from '../../../support/within.js';

const enterAll = (gate: PartGate, count: number): Promise<GatePass[]> =>
  within(Promise.all(Array.from({ length: count }, () => gate.enter())), 'entering');

describe('the gate of parts', () => {
  it('lets in as many as it may, and the others in the order of their coming', async () => {
    const gate = new PartGate(2);
    const [one, two] = await enterAll(gate, 2);
    const order: number[] = [];
    const waiting = [3, 4].map(async (name) => {
      const pass = await gate.enter();
      order.push(name);
      pass.failed();
    });
    await sleep(1);
    expect(order).toEqual([]);
    one?.failed();
    await within(Promise.all(waiting), 'the others');
    expect(order).toEqual([3, 4]);
    two?.failed();
    expect(gate.limit).toBe(2);
  });

  it('halves once for all that were under way when the server was too busy', async () => {
    const gate = new PartGate(16);
    const passes = await enterAll(gate, 16);
    for (const pass of passes) pass.throttled();
    expect(gate.limit).toBe(8);
    for (const pass of await enterAll(gate, 8)) pass.throttled();
    expect(gate.limit).toBe(4);
  });

  it('halves what is under way, not what could be', async () => {
    const gate = new PartGate(50);
    const [first] = await enterAll(gate, 4);
    first?.throttled();
    expect(gate.limit).toBe(2);
  });

  it('never lets in fewer than one', async () => {
    const gate = new PartGate(2);
    for (let i = 0; i < 4; i++) (await gate.enter()).throttled();
    expect(gate.limit).toBe(1);
    (await within(gate.enter(), 'entering')).failed();
  });

  it('lets in one more after as many successes as it lets in, up to where it began', async () => {
    const gate = new PartGate(4);
    for (const pass of await enterAll(gate, 4)) pass.throttled();
    expect(gate.limit).toBe(2);
    const limits: number[] = [];
    for (let i = 0; i < 12; i++) {
      (await gate.enter()).succeeded();
      limits.push(gate.limit);
    }
    expect(limits).toEqual([2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]);
  });

  it('takes a failure of another kind for nothing', async () => {
    const gate = new PartGate(4);
    for (const pass of await enterAll(gate, 4)) pass.failed();
    expect(gate.limit).toBe(4);
  });

  it('lets nobody in while more are inside than may be', async () => {
    const gate = new PartGate(4);
    const [one, two, three, four] = await enterAll(gate, 4);
    one?.throttled();
    let entered = false;
    const waiting = gate.enter().then((pass) => {
      entered = true;
      return pass;
    });
    two?.failed();
    await sleep(1);
    expect(entered).toBe(false);
    three?.failed();
    (await within(waiting, 'entering')).failed();
    four?.failed();
  });

  it('lets go who waits when its signal aborts, and gives the place to the next', async () => {
    const gate = new PartGate(1);
    const pass = await gate.enter();
    const controller = new AbortController();
    const given = expectCode(gate.enter(controller.signal), 'ABORTED');
    const next = gate.enter();
    controller.abort();
    await given;
    pass.failed();
    (await within(next, 'the next')).failed();
  });
});
