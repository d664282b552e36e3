import { fork } from 'node:child_process';
import { identify, newOwnerId, type ProcessIdentity } from '../../../src/core/process-identity.js';
import { proc } from '../../../src/core/proc.js';
import type { Lease } from '../../../src/transfer/resume/lease.js';
import { within } from '../../support/within.js';

/** The pid of a process that has ended. */
export async function deadPid(): Promise<number> {
  const child = fork('-e', [], { execArgv: ['-e', '0'], stdio: 'ignore' });
  await within(new Promise((resolve) => child.once('close', resolve)), 'the end of the child');
  return child.pid ?? -1;
}

/** A lease of a process of this host, by its pid, or of another host; renewed so many milliseconds ago. */
export function leaseOf(changes: Partial<ProcessIdentity>, agoMs = 0): Lease {
  return { owner: newOwnerId({ ...identify(proc), ...changes }), atMs: Date.now() - agoMs };
}

/** The process that has started this one: it lives as long as the tests do. */
export function parent(): Partial<ProcessIdentity> {
  const stat = proc.procFile(`/proc/${process.ppid}/stat`);
  const [, started = ''] = /\) (?:\S+ ){19}(\d+)/.exec(stat) ?? [];
  return { pid: process.ppid, started };
}

/** A boot id that no machine has. */
export const ELSEWHERE = { boot: '0123456789ab' };
