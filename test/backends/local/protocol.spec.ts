import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { disk, type Disk } from '../../../src/backends/local/disk.js';
import { keyHash } from '../../../src/backends/local/metadata.js';
import { expectCode } from '../../support/errors.js';
import { sleep, within } from '../../support/within.js';
import { pausingDisk } from './support/pausing-disk.js';
import { FAST, keysOfMetadata, remains, useRoots } from './support/roots.js';
import { elsewhere, identityWith, lockFor, registerOwner } from './support/strangers.js';

const roots = useRoots(FAST);
const KEY = 'k';
const HASH = keyHash(KEY);

/** A root with an object at `k`, whose lock is that of a process that has died. */
async function locked(): Promise<{ root: string; dead: string }> {
  const root = join(roots.folder(), 'root');
  const { storage, backend } = roots.open(root);
  await storage.put(KEY, 'before');
  await backend.close();
  const dead = registerOwner(root, identityWith({ started: '1' }));
  lockFor(root, KEY, dead);
  return { root, dead };
}

const links = (root: string) => readdirSync(join(root, '.stowage/locks'));
/** An owner that does not show that it lives, as a process that is stopped. */
const silent = (inner: Disk): Disk => ({ ...inner, utimes: () => Promise.resolve() });

describe('the protocol of locks', () => {
  it('keeps a taker that was itself held for dead from the metadata of its successor', async () => {
    const { root, dead } = await locked();
    // What the dead one has left: metadata of a version that was never committed.
    const stray = pausingDisk(silent(disk), 'rename', (from) => from.endsWith('.9-9'));
    const stopped = roots.open(root, { disk: stray.disk });
    const shard = join(root, '.stowage/meta', HASH.slice(0, 1));
    const [own] = readdirSync(shard).filter((name) => name.startsWith(HASH.slice(1)));
    await disk.copyFile(join(shard, own!), join(shard, `${HASH.slice(1)}.9-9`), 0);

    const first = stopped.storage.put(KEY, 'stopped');
    first.catch(() => undefined);
    await within(stray.reached, 'the recovery');
    const successor = roots.open(root, { disk: elsewhere, leaseMs: 300 });
    await successor.storage.put(KEY, 'successor', { metadata: { by: 'successor' } });
    stray.go();
    await expectCode(first, 'UNAVAILABLE');
    expect(await successor.storage.text(KEY)).toBe('successor');
    expect((await roots.open(root).storage.head(KEY)).metadata).toEqual({ by: 'successor' });
    expect(links(root).filter((name) => name.includes(dead))).toEqual([]);
  });

  it('lets a taker that comes too late try again', async () => {
    const { root, dead } = await locked();
    const late = pausingDisk(disk, 'symlink', (_, path) => path.endsWith(`.${dead}`));
    const slow = roots.open(root, { disk: late.disk });
    const put = slow.storage.put(KEY, 'slow');
    await within(late.reached, 'the late taker');
    const quick = roots.open(root);
    await quick.storage.put(KEY, 'quick');
    late.go();
    await within(put, 'the put of the late taker');
    expect(await quick.storage.text(KEY)).toBe('slow');
    await slow.backend.sweep();
    expect(links(root)).toEqual([]);
  });

  it('spares the link of a taker that lives when it tidies', async () => {
    const { root, dead } = await locked();
    const link = `${HASH}.${dead}`;
    const late = pausingDisk(disk, 'symlink', (_, path) => path.endsWith(link));
    const looking = pausingDisk(
      late.disk,
      'readlink',
      (path) => path.endsWith(HASH) && links(root).includes(link),
    );
    const slow = roots.open(root, { disk: looking.disk });
    const put = slow.storage.put(KEY, 'slow');
    await within(late.reached, 'the late taker');
    const quick = roots.open(root);
    await quick.storage.put(KEY, 'quick');
    late.go();
    await within(looking.reached, 'the look at the chain');
    await quick.backend.sweep();
    expect(links(root)).toEqual([link]);
    looking.go();
    await within(put, 'the put of the late taker');
    await slow.backend.sweep();
    expect(links(root)).toEqual([]);
  });

  it('lets nobody take over before the folder of the dead owner is gone', async () => {
    const { root, dead } = await locked();
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const removing: Disk = {
      ...disk,
      removeAll: async (path) => {
        if (path.includes(dead)) await finished;
        await disk.removeAll(path);
      },
    };
    const slow = roots.open(root, { disk: removing });
    const put = slow.storage.put(KEY, 'slow');
    await sleep(50);
    expect(links(root)).toEqual([HASH]);
    await roots.open(root).storage.put(KEY, 'quick');
    expect(readdirSync(join(root, '.stowage/tmp')).filter((name) => name.includes(dead))).toEqual([]);
    finish();
    await within(put, 'the slow put');
  });

  it('frees a lock whose release has failed, at the next sweep', async () => {
    const root = join(roots.folder(), 'root');
    let broken = true;
    const failing: Disk = {
      ...disk,
      rename: async (from, to) => {
        if (broken && to.endsWith('/released')) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        await disk.rename(from, to);
      },
    };
    const here = roots.open(root, { disk: failing });
    await here.storage.put(KEY, 'here');
    const there = roots.open(root, { lockTimeoutMs: 200 });
    await expectCode(there.storage.put(KEY, 'there'), 'TIMEOUT');
    broken = false;
    await here.backend.sweep();
    await there.storage.put(KEY, 'there');
    expect(await here.storage.text(KEY)).toBe('there');
  });

  it('keeps two backends of one process on one root apart', async () => {
    const root = join(roots.folder(), 'root');
    const both = [roots.open(root), roots.open(root)];
    await both[0]!.storage.put('n', '0');
    const add = async ({ storage }: (typeof both)[0]) => {
      for (let done = 0; done < 50;) {
        const { etag } = await storage.head('n');
        const next = Number(await storage.text('n')) + 1;
        const put = storage.put('n', String(next), { ifMatch: etag });
        await put.then(
          () => done++,
          () => undefined,
        );
      }
    };
    await within(Promise.all(both.map(add)), 'the counting', 60_000);
    expect(await both[1]!.storage.text('n')).toBe('100');
    await both[0]!.backend.close();
    await both[1]!.storage.put('n', 'after the close of the other');
  }, 90_000);

  it('leaves newborn owners alone, however often others sweep', async () => {
    const root = join(roots.folder(), 'root');
    const sweeper = roots.open(root);
    let born = 0;
    const births = (async () => {
      for (let i = 0; i < 150; i++) {
        const one = roots.open(root);
        await one.storage.put(`new/${i % 3}`, 'x');
        await one.backend.close();
        born++;
      }
    })();
    let sweeps = 0;
    while (born < 150 && sweeps < 100_000) {
      await sweeper.backend.sweep();
      sweeps++;
    }
    await births;
    expect(remains(root).filter((path) => !path.endsWith('/released'))).toEqual([]);
    expect(keysOfMetadata(root)).toEqual(['new/0', 'new/1', 'new/2']);
  });

  it('does not hold a process for dead that /proc hides', async () => {
    const root = join(roots.folder(), 'root');
    await roots.open(root).storage.put(KEY, 'before');
    const parent = identityWith({ pid: process.ppid, started: '1' });
    const id = registerOwner(root, parent);
    lockFor(root, KEY, id);
    const hidden: Disk = {
      ...disk,
      procFile: (path) => {
        if (path === `/proc/${process.ppid}/stat`)
          throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
        return disk.procFile(path);
      },
    };
    const here = roots.open(root, { disk: hidden, lockTimeoutMs: 300 });
    await expectCode(here.storage.put(KEY, 'after'), 'TIMEOUT');
    expect(existsSync(join(root, '.stowage/tmp', id))).toBe(true);
  });
});
