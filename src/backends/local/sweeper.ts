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
export async function sweep(root: Root, writer: Writer): Promise<SweepResult> {
  const { locks, owner, owners, leftovers } = root;
  await leftovers.sweep();
  const self = await owner.current();
  const { removed, undecided } = await owners.sweep(self);
  let recovered = 0;
  for (const hash of await locks.all()) {
    if (!(await locks.isAbandoned(hash))) continue;
    await locks.run(hash, undefined, async (lock) => {
      await writer.recover(hash);
      if (!lock.takenOver) await locks.tidy(hash, lock.owner);
    });
    recovered++;
  }
  return { deadOwners: removed, recoveredKeys: recovered, otherOwners: undecided };
}
