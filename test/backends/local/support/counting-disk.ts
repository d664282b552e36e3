import type { Disk } from '../../../../src/backends/local/disk.js';

export interface CountingDisk {
  readonly disk: Disk;
  /** Calls by name, since the last `reset`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly total: number;
  reset(): void;
}

/** `inner`, which counts what it is asked for. */
export function countingDisk(inner: Disk): CountingDisk {
  let calls: Record<string, number> = {};
  const disk = Object.fromEntries(
    Object.entries(inner).map(([name, call]) => [
      name,
      (...args: unknown[]) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return (call as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as Disk;
  return {
    disk,
    get calls() {
      return calls;
    },
    get total() {
      return Object.values(calls).reduce((sum, count) => sum + count, 0);
    },
    reset: () => (calls = {}),
  };
}
