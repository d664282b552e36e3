import { throwIfAborted } from '../../core/abort.js';
import type { Root } from './root.js';
import type { Writer } from './writer.js';

/** What a sweep found. */
export interface SweepResult {
  /** Dead processes whose temporary files were removed. */
  readonly deadOwners: number;
  /** Keys on which one of them was at work, and which were put in order. */
  readonly recoveredKeys: number;
  /** Processes that may still be at work: this host's others, or another container's until its lease is known to be over. */
  readonly otherOwners: number;
}

/** Removes what dead processes left: temporary files, locks, metadata of content that was never committed. */
export async function sweep(root: Root, writer: Writer, signal: AbortSignal): Promise<SweepResult> {
  throwIfAborted(signal);
  const { locks, owner, owners, leftovers } = root;
  await leftovers.sweep();
  const self = await owner.current();
  const { removed, undecided } = await owners.sweep(self);
  let recovered = 0;
  const failures: unknown[] = [];
  for (const hash of await locks.all()) {
    throwIfAborted(signal);
    try {
      if (!(await locks.isAbandoned(hash))) continue;
      // What was taken over goes with its release; only then is the way free to what else is left.
      const settle = () =>
        locks.run(hash, signal, async (lock) => {
          await writer.recover(hash, lock.owner);
          if (!lock.takenOver) await locks.tidy(hash, lock.owner);
          return !lock.takenOver;
        });
      if ((await settle()) || (await settle())) recovered++;
    } catch (error) {
      // One key that cannot be put in order must not keep the others from it.
      failures.push(error);
    }
  }
  await root.uploads.sweep(self);
  if (failures.length > 0) throw failures[0];
  return { deadOwners: removed, recoveredKeys: recovered, otherOwners: undecided };
}
