import type { Disk } from '../../../../src/backends/local/disk.js';

export interface Pause {
  readonly disk: Disk;
  /** Resolves when the call is about to be made. */
  readonly reached: Promise<void>;
  /** Lets it be made. */
  go(): void;
}

/** `inner`, which waits before the first call of `name` that `when` takes by its arguments. */
export function pausingDisk(
  inner: Disk,
  name: 'rename' | 'symlink' | 'link' | 'unlink' | 'rmdir' | 'readlink',
  when: (...paths: string[]) => boolean = () => true,
): Pause {
  let go = (): void => undefined;
  let arrive = (): void => undefined;
  const gone = new Promise<void>((resolve) => (go = resolve));
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  let paused = false;
  const call = inner[name] as (...paths: string[]) => Promise<unknown>;
  const pausing = async (...paths: string[]) => {
    if (!paused && when(...paths)) {
      paused = true;
      arrive();
      await gone;
    }
    return call(...paths);
  };
  return { disk: { ...inner, [name]: pausing }, reached, go };
}
