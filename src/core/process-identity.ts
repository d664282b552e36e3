import { randomBytes } from 'node:crypto';
import { errno } from './errno.js';
import type { Proc } from './proc.js';

/** Which process an owner is. A pid alone means nothing after a reboot, in another container, or once it is used again. */
export interface ProcessIdentity {
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** In clock ticks since boot: field 22 of proc(5) `/proc/<pid>/stat`. */
  readonly started: string;
}

/** This process; where there is no `/proc`, by its pid alone. */
export function identify(proc: Proc): ProcessIdentity {
  const { pid } = process;
  try {
    return {
      boot: proc
        .procFile('/proc/sys/kernel/random/boot_id')
        .replaceAll(/[^0-9a-f]/g, '')
        .slice(0, 12),
      pidNamespace: proc.procLink('/proc/self/ns/pid').replaceAll(/\D/g, ''),
      pid,
      started: startTime(proc, pid),
    };
  } catch {
    return { boot: '', pidNamespace: '', pid, started: '' };
  }
}

/** A new owner id, which tells whose it is: an owner's folder needs no record that could be read half written. */
export function newOwnerId({ boot, pidNamespace, pid, started }: ProcessIdentity): string {
  return [boot, pidNamespace, pid, started, randomBytes(5).toString('hex')].join('-');
}

/** The process of an owner id; undefined for a name that is none. */
export function parseOwnerId(id: string): ProcessIdentity | undefined {
  const [, boot, pidNamespace, pid, started] = /^([0-9a-f]*)-(\d*)-(\d+)-(\d*)-[0-9a-f]{10}$/.exec(id) ?? [];
  if (boot === undefined || pidNamespace === undefined || started === undefined) return undefined;
  return { boot, pidNamespace, pid: Number(pid), started };
}

/** Whether the process lives; `unknown` when it belongs to another boot or pid namespace, or there is no `/proc`. */
export function isAlive(proc: Proc, other: ProcessIdentity, self: ProcessIdentity): boolean | 'unknown' {
  if (self.boot === '' || other.boot !== self.boot || other.pidNamespace !== self.pidNamespace)
    return 'unknown';
  try {
    return startTime(proc, other.pid) === other.started;
  } catch (error) {
    const missing = errno(error) === 'ENOENT' || errno(error) === 'ESRCH';
    return missing && !isHidden(other.pid) ? false : 'unknown';
  }
}

/** Whether there is a process `pid`, though `/proc` may hide those of other users: `hidepid`, proc(5). */
function isHidden(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errno(error) !== 'ESRCH';
  }
}

function startTime(proc: Proc, pid: number): string {
  const stat = proc.procFile(`/proc/${pid}/stat`);
  // The second field is the name of the program, in brackets, and may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended, it only has not been waited for.
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? '');
}
