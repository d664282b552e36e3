import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { StorageError } from '../../../src/core/error.js';
import { expectCode } from '../../support/errors.js';
import { within } from '../../support/within.js';
import { useChildren, word } from './support/children.js';
import { FAST, useRoots, type Opened } from './support/roots.js';

const roots = useRoots(FAST);
const start = useChildren();
const SECRET = 'the secret';

interface Place extends Opened {
  readonly root: string;
  readonly outside: string;
}

/** A root, and beside it a folder with a secret. */
function place(): Place {
  const folder = roots.folder();
  const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), SECRET);
  return { root, outside, ...roots.open(root) };
}

function expectUntouched(outside: string): void {
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe(SECRET);
}

const keysIn = async ({ storage }: Opened, prefix = '') =>
  (await storage.page({ prefix })).objects.map(({ key }) => key);

describe('containment', () => {
  it.each([
    '../outside/secret',
    'a/../../outside/secret',
    '/etc/passwd',
    'd//secret',
    './secret',
    '..',
    '.',
    'a/..',
  ])('refuses the key %j in every operation', async (key) => {
    const { storage, outside } = place();
    await storage.put('ok', 'x');
    for (const work of [
      storage.put(key, 'x'),
      storage.get(key),
      storage.head(key),
      storage.delete(key),
      storage.copy(key, 'copy'),
      storage.copy('ok', key),
    ])
      await expectCode(work, 'INVALID_ARGUMENT');
    expectUntouched(outside);
  });

  it.each(['.stowage/x', '.STOWAGE/x', '.Stowage/tmp/x', '.stowage', 'a/.stowage/x'])(
    'keeps its own folder to itself: %j',
    async (key) => {
      const { storage } = place();
      await storage.put('ok', 'x');
      for (const work of [
        storage.put(key, 'x'),
        storage.get(key),
        storage.delete(key),
        storage.copy('ok', key),
      ])
        await expectCode(work, 'INVALID_ARGUMENT');
    },
  );

  it.each([
    '../',
    'a/../',
    '/',
    '..',
    './',
    'ok//',
    '.stowage/',
    '.stowage/meta/',
    '.STOWAGE/',
    'x/.stowage/',
    '\0/',
    'a\0',
  ])('lists nothing for the prefix %j', async (prefix) => {
    const here = place();
    await here.storage.put('ok', 'x');
    await here.storage.put('x/ok', 'x');
    mkdirSync(join(here.root, 'x/.stowage'));
    writeFileSync(join(here.root, 'x/.stowage/own'), 'x');
    for (const delimiter of [undefined, '/'] as const) {
      const page = await here.storage.page({ prefix, delimiter });
      expect([...page.objects, ...page.prefixes]).toEqual([]);
    }
  });

  it('lists nothing for a prefix with a name that is too long', async () => {
    const here = place();
    await here.storage.put('ok', 'x');
    expect(await keysIn(here, `${'x'.repeat(300)}/`)).toEqual([]);
  });

  it.each(['directory', 'file', 'dangling'])('follows no link to a %s outside', async (kind) => {
    const here = place();
    const { storage, root, outside } = here;
    await storage.put('d/ok', 'x');
    const target = { directory: outside, file: join(outside, 'secret'), dangling: join(outside, 'none') }[
      kind
    ]!;
    symlinkSync(target, join(root, 'd/link'));
    const key = kind === 'directory' ? 'd/link/secret' : 'd/link';
    for (const work of [
      storage.put(key, 'mine'),
      storage.get(key),
      storage.head(key),
      storage.delete(key),
      storage.copy(key, 'copy'),
      storage.copy('d/ok', key),
    ])
      await expectCode(work, 'PERMISSION_DENIED');
    expect(await keysIn(here)).toEqual(['d/ok']);
    const below = keysIn(here, 'd/link/').catch((error: unknown) => {
      expect(StorageError.is(error, 'PERMISSION_DENIED')).toBe(true);
      return [];
    });
    expect(await below).toEqual([]);
    expect(readlinkSync(join(root, 'd/link'))).toBe(target);
    expectUntouched(outside);
  });

  it('takes a root that is itself a link', async () => {
    const { outside, root } = place();
    const link = join(root, '../link');
    symlinkSync(root, link);
    const { storage } = roots.open(link);
    await storage.put('d/k', 'through the link');
    expect(readFileSync(join(root, 'd/k'), 'utf8')).toBe('through the link');
    expect((await storage.page()).objects.map(({ key }) => key)).toEqual(['d/k']);
    expectUntouched(outside);
  });

  it('reads a hard link, and replaces or deletes it without touching the other name', async () => {
    const { storage, root, outside } = place();
    linkSync(join(outside, 'secret'), join(root, 'hard'));
    expect(await storage.text('hard')).toBe(SECRET);
    await storage.put('hard', 'replaced');
    linkSync(join(outside, 'secret'), join(root, 'second'));
    await storage.delete('second');
    expectUntouched(outside);
  });

  it('does not wait at a pipe, a socket or a device', async () => {
    const here = place();
    const { storage, root } = here;
    await storage.put('ok', 'x');
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const names = ['pipe', 'socket'];
    const server = createServer().listen(join(root, 'socket'));
    if (process.getuid?.() === 0) {
      execFileSync('mknod', [join(root, 'device'), 'c', '1', '5']);
      names.push('device');
    }
    for (const name of names) {
      const works: readonly Promise<unknown>[] = [
        storage.get(name),
        storage.head(name),
        storage.put(name, 'x'),
        storage.delete(name),
        storage.copy(name, 'copy'),
      ];
      for (const work of works)
        await expectCode(within(work, `the access to the ${name}`), 'PERMISSION_DENIED');
    }
    expect(await keysIn(here)).toEqual(['ok']);
    server.close();
  });

  it('stays inside while a directory is swapped with a link, 10,000 times', async () => {
    const here = place();
    const { storage, root, outside } = here;
    await storage.put('d/ok', 'x');
    const swapper = start('swapper', { root, outside });
    await swapper.heard(word('ready'));
    const outcomes = new Map<string, number>();
    const work: ((i: number) => Promise<unknown>)[] = [
      (i) => storage.put(`d/k${i % 5}`, 'mine'),
      () => storage.text('d/secret'),
      () => storage.delete('d/secret'),
      () => keysIn(here, 'd/'),
      () => storage.copy('d/secret', 'stolen'),
      (i) => storage.delete(`d/k${i % 5}`),
      (i) => storage.put(`d/new/${i % 5}`, 'mine', { ifAbsent: true }),
      () => keysIn(here),
    ];
    const one = async (i: number) => {
      let outcome = 'done';
      try {
        const result = await work[i % work.length]!(i);
        if (JSON.stringify(result)?.includes('secret'))
          throw new Error(`Read outside: ${JSON.stringify(result)}`);
      } catch (error) {
        if (!StorageError.is(error)) throw error;
        outcome = error.code;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    let next = 0;
    const worker = async () => {
      while (next < 10_000) await one(next++);
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    swapper.say('stop');
    const { swaps } = await swapper.done<{ swaps: number }>();
    process.stdout.write(`${swaps} swaps: ${JSON.stringify([...outcomes])}\n`);
    expect(swaps).toBeGreaterThan(500);
    expect(existsSync(join(root, 'stolen'))).toBe(false);
    expectUntouched(outside);
  }, 240_000);
});
