import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../../faults/faulty-disk.js';
import { runWithFault, type Finding } from './failing-runs.js';
import { FAST, useRoots } from './roots.js';
import { WRITE_OPERATIONS, type WriteOperation } from './write-operations.js';

type Durability = 'full' | 'rename';
type Way = Omit<Fault, 'failAt'>;
type Roots = ReturnType<typeof useRoots>;

const MOST_CALLS = 200;

/** Fails call 1, 2, 3 … of `operation` until it makes no more calls. Returns how many points that were. */
async function failEveryCall(
  roots: Roots,
  operation: WriteOperation,
  durability: Durability,
  way: Way,
): Promise<number> {
  for (let failAt = 1; failAt < MOST_CALLS; failAt++) {
    let finding: Finding;
    try {
      finding = await runWithFault(roots, operation, { failAt, ...way }, durability);
    } catch (cause) {
      throw new Error(`Call ${failAt} fails, ${JSON.stringify(way)}, ${durability}: ${String(cause)}`, {
        cause,
      });
    }
    if (finding.failed === undefined) {
      expect(finding.outcome).toBe('done');
      return failAt - 1;
    }
  }
  throw new Error(`It makes more than ${MOST_CALLS} calls`);
}

/** Every kind of write, with every one of its calls failing in each of `ways`. */
export function failingSuite(name: string, durabilities: readonly Durability[], ways: readonly Way[]): void {
  const roots = useRoots(FAST);
  describe.each(durabilities)(`a write ${name}, durability %s`, (durability) => {
    it.each(WRITE_OPERATIONS.map((operation) => [operation.name, operation] as const))(
      'is typed, whole and leaves nothing: %s',
      async (_, operation) => {
        let points = 0;
        for (const way of ways) points += await failEveryCall(roots, operation, durability, way);
        process.stdout.write(`failure points: ${points} (${operation.name}, ${durability})\n`);
        expect(points).toBeGreaterThan(5 * ways.length);
      },
      60_000,
    );
  });
}
