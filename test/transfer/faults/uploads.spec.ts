import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../faults/fault.js';
import { useFolder } from '../support/folders.js';
import { ANSWERS } from './answers.js';
import { BODIES, putUnderFault, STEPS, type UploadStep } from './put-under-fault.js';
import { tableBelow } from './table.js';

const faults: Readonly<Record<string, Fault>> = ANSWERS;
const rows = tableBelow('Uploads in parts');

describe('an upload in parts to a server that breaks', () => {
  const folder = useFolder();

  it('is told of all that a server can do', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(faults));
    for (const { endings } of rows)
      expect(Object.keys(STEPS)).toEqual(expect.arrayContaining(Object.keys(endings)));
  });

  // Each has a server of its own, and mostly waits.
  it.each(rows)(
    '$name',
    async ({ name, endings }) => {
      const fault = faults[name] ?? {};
      const cases = Object.keys(endings).flatMap((step) =>
        Object.entries(BODIES).map(async ([kind, bodyIn]) => {
          const ending = await putUnderFault(bodyIn(folder.path), step as UploadStep, fault);
          return ending === endings[step] ? [] : [`${step}, ${kind}: ${ending}`];
        }),
      );
      expect((await Promise.all(cases)).flat()).toEqual([]);
    },
    60_000,
  );
});
