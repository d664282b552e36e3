import { describe, expect, it } from '@jest/globals';
import { PartPlan } from '../../src/transfer/download/part-plan.js';

const MIB = 1024 * 1024;

describe('PartPlan', () => {
  it('has parts of the size that is asked for', () => {
    expect(new PartPlan(1024 * MIB, MIB)).toMatchObject({ partSize: MIB, count: 1024 });
  });

  it('fits into the memory whatever size a server tells, and however small parts are to be', () => {
    const plan = new PartPlan(999_999_999_999_999, PartPlan.leastPart);
    expect(plan.count).toBeLessThanOrEqual(100_000);
    expect(plan.missing(new Map(), false)).toHaveLength(plan.count);
    expect(plan.startOf(plan.count - 1) + plan.sizeOf(plan.count - 1)).toBe(plan.size);
  });
});
