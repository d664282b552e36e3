import { disk, type Disk } from '../../../../src/backends/local/disk.js';
import { StorageError } from '../../../../src/core/error.js';
import { child, hear, open, say } from './child.js';

interface Config {
  readonly root: string;
  readonly operation: 'put' | 'ifAbsent' | 'copy' | 'delete';
  readonly leaseMs?: number;
}

/** How a write ended. */
export interface Ending {
  readonly code: string;
  readonly reason?: string | undefined;
}

/** Waits for a word of the test before the first call that would change what readers see of `name`. */
function pausing(name: string): Disk {
  let paused = false;
  const wait = async (...paths: string[]) => {
    if (paused || !paths.some((path) => path.endsWith(`/${name}`))) return;
    paused = true;
    say('paused');
    await hear();
  };
  return {
    ...disk,
    rename: async (from, to) => {
      await wait(from, to);
      await disk.rename(from, to);
    },
    link: async (from, to) => {
      await wait(to);
      await disk.link(from, to);
    },
  };
}

async function ending(work: Promise<unknown>): Promise<Ending> {
  try {
    await work;
    return { code: 'done' };
  } catch (error) {
    if (!StorageError.is(error)) throw error;
    return { code: error.code, reason: error.reason };
  }
}

await child<Config>(async ({ root, operation, leaseMs }) => {
  const name = operation === 'ifAbsent' ? 'new' : 'k';
  const { storage, backend } = open({ root, durability: 'rename', disk: pausing(name), leaseMs });
  const bytes = Buffer.from('by the holder');
  const work = {
    put: () => storage.put('k', bytes),
    ifAbsent: () => storage.put('new', bytes, { ifAbsent: true }),
    copy: () => storage.copy('other', 'k'),
    delete: () => storage.delete('k'),
  }[operation];
  say({ ended: await ending(work()) });
  say({ again: await ending(work()) });
  await backend.close();
});
