import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Entry } from './children/contender.js';
import { useChildren, word, type Child } from './support/children.js';
import { FAST, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const start = useChildren();
const PROCESSES = 4;
const KEY = 'contested/key';

interface Contest {
  readonly contest: string;
  readonly writers: number;
  readonly rounds?: number;
}

/** Runs a contest in four processes, which begin at the same time. */
async function run<T>(
  root: string,
  contest: Contest,
  before?: (children: Child[]) => Promise<void>,
): Promise<T[]> {
  const children = Array.from({ length: PROCESSES }, (_, id) => start('contender', { root, id, ...contest }));
  await Promise.all(children.map((child) => child.heard(word('ready'))));
  for (const child of children) child.say('go');
  await before?.(children);
  const results = await Promise.all(children.map((child) => child.done<{ result: T }>(200_000)));
  return results.map(({ result }) => result);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const report = (line: string): void => void process.stdout.write(`${line}\n`);

describe('writers in four processes', () => {
  it('have one winner among 1,000 with ifAbsent', async () => {
    const root = join(roots.folder(), 'root');
    expect(sum(await run(root, { contest: 'first', writers: 250 }))).toBe(1);
  }, 240_000);

  it('have one winner among 1,000 with ifMatch and one ETag', async () => {
    const root = join(roots.folder(), 'root');
    await roots.open(root).storage.put(KEY, 'first');
    const won = await run<number>(root, { contest: 'same', writers: 250 }, async (children) => {
      await Promise.all(children.map((child) => child.heard(word('read'))));
      for (const child of children) child.say('go');
    });
    expect(sum(won)).toBe(1);
  }, 240_000);

  it('count exactly 1,000 with ifMatch', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    await storage.put(KEY, '0');
    const tries = await run<number>(root, { contest: 'count', writers: 2, rounds: 125 });
    report(`1,000 increments took ${sum(tries)} tries`);
    expect(await storage.text(KEY)).toBe('1000');
  }, 240_000);

  it('create with ifAbsent as often as it was deleted before, and once more where it is there', async () => {
    const root = join(roots.folder(), 'root');
    const turns = await run<{ created: number; deleted: number }>(root, {
      contest: 'turns',
      writers: 4,
      rounds: 100,
    });
    const [created, deleted] = [sum(turns.map((one) => one.created)), sum(turns.map((one) => one.deleted))];
    report(`created ${created} times, deleted ${deleted} times`);
    expect(created).toBeGreaterThan(PROCESSES);
    expect(created - deleted).toBe((await roots.open(root).storage.exists(KEY)) ? 1 : 0);
  }, 240_000);

  it('replace each version once at most, and never give two of them one ETag, also between deletes', async () => {
    const root = join(roots.folder(), 'root');
    const ledgers = await run<Entry[]>(root, { contest: 'mixed', writers: 4, rounds: 250 });
    const entries = ledgers.flat();
    const replaced = entries.flatMap(({ replaced: etag }) => (etag === undefined ? [] : [etag]));
    const etags = entries.flatMap(({ etag }) => (etag === undefined ? [] : [etag]));
    report(`${etags.length} versions, ${replaced.length} replaced or deleted on condition`);
    expect(replaced.length).toBeGreaterThan(100);
    expect(new Set(replaced).size).toBe(replaced.length);
    expect(new Set(etags).size).toBe(etags.length);
    expect(replaced.filter((etag) => !etags.includes(etag))).toEqual([]);
  }, 240_000);
});
