import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../faults/fault.js';
import { ANSWERS } from './answers.js';
import { COPY_STEPS, copyUnderFault, type CopyStep } from './copy-under-fault.js';
import { tableBelow } from './table.js';

const faults: Readonly<Record<string, Fault>> = ANSWERS;
const rows = tableBelow('Copies in parts');

describe('a copy in parts on a server that breaks', () => {
  it('is told of all that a server can do', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(faults));
    for (const { endings } of rows)
      expect(Object.keys(COPY_STEPS)).toEqual(expect.arrayContaining(Object.keys(endings)));
  });

  // Each has a server of its own, and mostly waits.
  it.each(rows)(
    '$name',
    async ({ name, endings }) => {
      const cases = Object.keys(endings).map(async (step) => {
        const ending = await copyUnderFault(step as CopyStep, faults[name] ?? {});
        return ending === endings[step] ? [] : [`${step}: ${ending}`];
      });
      expect((await Promise.all(cases)).flat()).toEqual([]);
    },
    60_000,
  );
});
