import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../faults/fault.js';
import { useFolder } from '../support/folders.js';
import { ANSWERS } from './answers.js';
import { CONTENT_ANSWERS } from './content-answers.js';
import { getUnderFault, READS, type ReadStep } from './get-under-fault.js';
import { tableBelow } from './table.js';

const faults: Readonly<Record<string, Fault>> = { ...ANSWERS, ...CONTENT_ANSWERS };
const rows = tableBelow('Downloads');

describe('a download from a server that breaks', () => {
  const folder = useFolder();

  it('is told of all that a server can do', () => {
    const names = Object.keys(faults).filter((name) => name !== 'NoSuchUpload');
    expect(rows.map(({ name }) => name).sort()).toEqual(names.sort());
    for (const { endings } of rows)
      expect(Object.keys(READS)).toEqual(expect.arrayContaining(Object.keys(endings)));
  });

  it.each(rows)(
    '$name',
    async ({ name, endings }) => {
      const cases = Object.keys(endings).map(async (step) => {
        const ending = await getUnderFault(folder.path, step as ReadStep, faults[name] ?? {});
        return ending === endings[step] ? [] : [`${step}: ${ending}`];
      });
      expect((await Promise.all(cases)).flat()).toEqual([]);
    },
    60_000,
  );
});
