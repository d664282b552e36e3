import type { Disk } from '../../src/backends/local/disk.js';

/** Calls that ask only memory: a disk cannot make them fail. */
const NEVER_FAIL: ReadonlySet<string> = new Set(['procLink', 'procFile']);
/** Calls that let go of something: it is gone, whatever they report. */
const CLOSING: ReadonlySet<string> = new Set(['close', 'closeRead']);

export interface Fault {
  /** Which call fails, counted from 1. */
  readonly failAt: number;
  /** The error, as errno(3) names it. */
  readonly code: string;
  /** The call does its work and reports the error all the same. */
  readonly happens?: boolean | undefined;
  /** All calls after it fail, too, without doing anything. */
  readonly forGood?: boolean | undefined;
}

export interface FaultyDisk {
  readonly disk: Disk;
  /** Calls since the fault was set. */
  readonly calls: number;
  /** The call that failed; undefined while none has. */
  readonly failed: string | undefined;
  /** How often a descriptor was closed that was closed before: it may be another file's by then. */
  readonly closedTwice: number;
  /** Counts from now on; without a fault nothing fails. */
  set(fault?: Fault): void;
}

/** `inner`, of which one call fails. */
export function faultyDisk(inner: Disk): FaultyDisk {
  let fault: Fault | undefined;
  let calls = 0;
  let failed: string | undefined;
  let closedTwice = 0;
  const open = new Set<number>();

  const wrap = (name: string, call: (...args: unknown[]) => unknown) => {
    return (...args: unknown[]): unknown => {
      if (CLOSING.has(name) && !open.delete(args[0] as number)) closedTwice++;
      const first = ++calls === fault?.failAt;
      const later = fault?.forGood === true && calls > fault.failAt;
      if (!fault || !(first || later)) return name === 'open' ? opened(call(...args)) : call(...args);
      failed ??= name;
      const error = Object.assign(new Error(`${fault.code}: injected, ${name}`), {
        code: fault.code,
        syscall: name,
      });
      const result = CLOSING.has(name) || (first && fault.happens) ? call(...args) : undefined;
      // A call that reports at once.
      if (name === 'fstat' || name === 'closeRead') throw error;
      return Promise.resolve(result).then(async (value) => {
        // A descriptor that is never handed out cannot be given back.
        if (name === 'open' && typeof value === 'number') await inner.close(value);
        throw error;
      });
    };
  };

  const opened = async (descriptor: unknown): Promise<unknown> => {
    open.add((await descriptor) as number);
    return descriptor;
  };

  const disk = Object.fromEntries(
    Object.entries(inner).map(([name, call]) => [
      name,
      NEVER_FAIL.has(name) ? call : wrap(name, call as (...args: unknown[]) => unknown),
    ]),
  ) as Disk;
  return {
    disk,
    get calls() {
      return calls;
    },
    get failed() {
      return failed;
    },
    get closedTwice() {
      return closedTwice;
    },
    set(next) {
      fault = next;
      calls = 0;
      failed = undefined;
    },
  };
}
