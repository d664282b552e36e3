import { it } from '@jest/globals';
import { allNames, installCommand, type InstallableName } from './catalogue.mjs';

/** Those whose absence is a failure. */
const required = (process.env.STOWAGE_REQUIRE_SERVERS ?? '').split(/[\s,]+/).filter((word) => word !== '');
const unknown = required.filter((word) => word !== 'all' && !allNames.some((known) => known === word));
if (unknown.length > 0) throw new Error(`STOWAGE_REQUIRE_SERVERS: no such server: ${unknown.join(', ')}`);

/** Instead of the tests on a server that is not installed: one that is skipped and says how to get it, or fails where it is required. */
export function defineAbsence(name: InstallableName): void {
  const absence = `${name} is not installed: ${installCommand(name)}`;
  if (!required.includes('all') && !required.includes(name)) it.skip(absence, () => undefined);
  else {
    it(`has ${name}, which STOWAGE_REQUIRE_SERVERS requires`, () => {
      throw new Error(absence);
    });
  }
}
