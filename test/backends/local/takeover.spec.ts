import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Ending } from './children/holder.js';
import { useChildren, word } from './support/children.js';
import { FAST, keysOfFiles, keysOfMetadata, remains, useRoots, type Opened } from './support/roots.js';
import { elsewhere, identityWith, lockFor, registerOwner } from './support/strangers.js';

const roots = useRoots(FAST);
const start = useChildren();
const STRANGER = { pidNamespace: '4000000002' };
/** Milliseconds: far from the 30 seconds of a lease, and from what a busy machine makes of a put. */
const AT_ONCE = 15_000;

async function prepared(): Promise<{ root: string; here: Opened }> {
  const root = join(roots.folder(), 'root');
  const here = roots.open(root);
  await here.storage.put('k', 'before');
  await here.storage.put('other', 'other');
  await here.backend.sweep();
  return { root, here };
}

async function msOf(work: Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work;
  return performance.now() - before;
}

async function expectNothingLeft(root: string, { backend }: Opened): Promise<void> {
  await backend.sweep();
  expect(remains(root).filter((path) => !path.endsWith('/released'))).toEqual([]);
  expect(keysOfMetadata(root)).toEqual(keysOfFiles(root));
}

const hasEnded = (message: unknown): message is { ended: Ending } =>
  Object.hasOwn(message as object, 'ended');
const hasAgain = (message: unknown): message is { again: Ending } =>
  Object.hasOwn(message as object, 'again');

describe('the lock of an owner', () => {
  it.each(['put', 'ifAbsent', 'copy', 'delete'] as const)(
    'that was killed in the middle of a %s is taken over at once',
    async (operation) => {
      const { root, here } = await prepared();
      const holder = start('holder', { root, operation });
      await holder.heard(word('paused'));
      holder.signal('SIGKILL');
      await holder.ended();
      const key = operation === 'ifAbsent' ? 'new' : 'k';
      expect(await msOf(here.storage.put(key, 'after'))).toBeLessThan(AT_ONCE);
      expect(await here.storage.text(key)).toBe('after');
      await expectNothingLeft(root, here);
    },
  );

  it('is taken over at once when its pid belongs to another process by now', async () => {
    const { root, here } = await prepared();
    lockFor(root, 'k', registerOwner(root, identityWith({ started: '1' })));
    expect(await msOf(here.storage.put('k', 'after'))).toBeLessThan(AT_ONCE);
    await expectNothingLeft(root, here);
  });

  it('is left to a living process of the same container, however long it takes', async () => {
    const { root } = await prepared();
    lockFor(root, 'k', registerOwner(root, identityWith({})));
    const { storage } = roots.open(root, { leaseMs: 100, lockTimeoutMs: 800 });
    await expect(storage.put('k', 'after')).rejects.toMatchObject({ code: 'TIMEOUT', reason: 'lock' });
    expect(await storage.text('k')).toBe('before');
  });

  it('of another container is taken over when its lease is over, not before', async () => {
    const { root } = await prepared();
    lockFor(root, 'k', registerOwner(root, identityWith(STRANGER)));
    const here = roots.open(root, { leaseMs: 600 });
    const ms = await msOf(here.storage.put('k', 'after'));
    expect(ms).toBeGreaterThan(550);
    expect(ms).toBeLessThan(AT_ONCE);
    await expectNothingLeft(root, here);
  });

  it('of another boot, too', async () => {
    const { root } = await prepared();
    lockFor(root, 'k', registerOwner(root, identityWith({ boot: 'abcdefabcdef' })));
    const here = roots.open(root, { leaseMs: 600 });
    expect(await msOf(here.storage.put('k', 'after'))).toBeGreaterThan(550);
    await expectNothingLeft(root, here);
  });

  it.each([-1, 1])(
    'of another container is left to it while it renews its lease, clock step %d',
    async (step) => {
      const { root } = await prepared();
      const id = registerOwner(root, identityWith(STRANGER));
      lockFor(root, 'k', id);
      let time = 1e9;
      const renewal = setInterval(() => {
        time += step * 3_600;
        utimesSync(join(root, '.stowage/tmp', id), time, time);
      }, 100);
      const { storage } = roots.open(root, { leaseMs: 2_000, lockTimeoutMs: 4_500 });
      try {
        await expect(storage.put('k', 'after')).rejects.toMatchObject({ code: 'TIMEOUT' });
      } finally {
        clearInterval(renewal);
      }
    },
  );

  it('that is left of a chain of dead takers is taken over, and the chain goes with it', async () => {
    const { root, here } = await prepared();
    const dead = [1, 2, 3, 4].map((started) =>
      registerOwner(root, identityWith({ started: String(started) })),
    );
    lockFor(root, 'k', dead[3]!, dead[0]!, dead[1]!, dead[2]!);
    expect(await msOf(here.storage.put('k', 'after'))).toBeLessThan(AT_ONCE);
    expect(readdirSync(join(root, '.stowage/locks'))).toEqual([]);
    await expectNothingLeft(root, here);
  });

  it('whose lowest links are gone is free, and a sweep removes the rest', async () => {
    const { root, here } = await prepared();
    const dead = [1, 2].map((started) => registerOwner(root, identityWith({ started: String(started) })));
    lockFor(root, 'k', dead[1]!, dead[0]!);
    await here.storage.put('other', 'x');
    await expectNothingLeft(root, here);
    expect(readdirSync(join(root, '.stowage/locks'))).toEqual([]);
  });
});

describe('an owner that was stopped until its lease was over', () => {
  it.each(['put', 'ifAbsent', 'copy', 'delete'] as const)(
    'changes nothing any more, in the middle of a %s, and goes on afterwards',
    async (operation) => {
      const { root } = await prepared();
      const key = operation === 'ifAbsent' ? 'new' : 'k';
      const holder = start('holder', { root, operation, leaseMs: 2_000 });
      await holder.heard(word('paused'));
      holder.signal('SIGSTOP');
      const there = roots.open(root, { disk: elsewhere, leaseMs: 2_000 });
      const put = await there.storage.put(key, 'by another', { metadata: { by: 'another' } });
      holder.signal('SIGCONT');
      holder.say('go');
      expect((await holder.heard(hasEnded)).ended).toEqual({ code: 'UNAVAILABLE', reason: 'lock-lost' });
      const { again } = await holder.heard(hasAgain);
      expect(again.code).toBe(operation === 'ifAbsent' ? 'ALREADY_EXISTS' : 'done');
      if (operation === 'ifAbsent') expect((await there.storage.head(key)).etag).toBe(put.etag);
      await holder.done();
      await expectNothingLeft(root, there);
    },
  );

  it('is respected while it only waits and its process shows that it lives', async () => {
    const { root } = await prepared();
    const holder = start('holder', { root, operation: 'put', leaseMs: 2_000 });
    await holder.heard(word('paused'));
    const { storage } = roots.open(root, { disk: elsewhere, leaseMs: 2_000, lockTimeoutMs: 4_500 });
    await expect(storage.put('k', 'by another')).rejects.toMatchObject({ code: 'TIMEOUT' });
    holder.say('go');
    expect((await holder.heard(hasEnded)).ended).toEqual({ code: 'done' });
    expect(await storage.text('k')).toBe('by the holder');
    await holder.done();
  });
});

describe('an owner in another pid namespace', () => {
  const wrapper = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const isRoot = process.getuid?.() === 0;
  const name = 'is taken over by its lease alone, once it was killed';

  if (!isRoot) it.skip(`${name} (skipped: only root may make namespaces)`, () => undefined);
  else
    it(name, async () => {
      const { root } = await prepared();
      const holder = start('holder', { root, operation: 'put', leaseMs: 2_000 }, { wrapper });
      await holder.heard(word('paused'));
      const hurried = roots.open(root, { leaseMs: 2_000, lockTimeoutMs: 4_500 });
      await expect(hurried.storage.put('k', 'too early')).rejects.toMatchObject({ code: 'TIMEOUT' });
      holder.signal('SIGKILL');
      await holder.ended();
      const patient = roots.open(root, { leaseMs: 2_000 });
      const ms = await msOf(patient.storage.put('k', 'after'));
      expect(ms).toBeGreaterThan(1_950);
      expect(ms).toBeLessThan(AT_ONCE);
      await expectNothingLeft(root, patient);
    });
});
