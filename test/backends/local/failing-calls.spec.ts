import { describe, expect, it } from '@jest/globals';
import { CODES, runWithFault, type Finding } from './support/failing-runs.js';
import { FAST, useRoots } from './support/roots.js';
import { WRITE_OPERATIONS, type WriteOperation } from './support/write-operations.js';

const roots = useRoots(FAST);
const MOST_CALLS = 200;

/** Fails call 1, 2, 3 … of `operation` until it makes no more calls. Returns how many points that were. */
async function failEveryCall(
  operation: WriteOperation,
  code: string,
  durability: 'full' | 'rename',
  happens: boolean,
): Promise<number> {
  for (let failAt = 1; failAt < MOST_CALLS; failAt++) {
    let finding: Finding;
    try {
      finding = await runWithFault(roots, operation, { failAt, code, happens }, durability);
    } catch (cause) {
      const when = happens ? 'happens and reports' : 'fails with';
      throw new Error(`Call ${failAt} ${when} ${code}, ${durability}: ${String(cause)}`, { cause });
    }
    if (finding.failed === undefined) {
      expect(finding.outcome).toBe('done');
      return failAt - 1;
    }
  }
  throw new Error(`It makes more than ${MOST_CALLS} calls`);
}

describe.each(['full', 'rename'] as const)('a write whose nth call fails, durability %s', (durability) => {
  it.each(WRITE_OPERATIONS.map((operation) => [operation.name, operation] as const))(
    'is typed, whole and leaves nothing: %s',
    async (_, operation) => {
      let points = 0;
      for (const code of Object.keys(CODES)) {
        points += await failEveryCall(operation, code, durability, false);
      }
      points += await failEveryCall(operation, 'EIO', durability, true);
      process.stdout.write(`failure points: ${points} (${operation.name}, ${durability})\n`);
      expect(points).toBeGreaterThan(60);
    },
    60_000,
  );
});
