import { describe, expect, it } from '@jest/globals';
import { Bag } from '../../src/core/bag.js';

const thing = (name: number) => ({ name, place: -1 });
const names = (bag: Bag<{ name: number; place: number }>) =>
  bag
    .values()
    .map(({ name }) => name)
    .sort((a, b) => a - b);

describe('Bag', () => {
  it('holds what a Set would hold, whatever comes and goes', () => {
    const bag = new Bag<ReturnType<typeof thing>>();
    const set = new Set<ReturnType<typeof thing>>();
    const things = Array.from({ length: 40 }, (_, i) => thing(i));
    // The same numbers in every run.
    let seed = 1;
    const below = (end: number) => (seed = (seed * 48_271) % 2_147_483_647) % end;
    for (let i = 0; i < 5_000; i++) {
      const one = things[below(things.length)]!;
      const how = below(2) === 0 ? 'add' : 'delete';
      bag[how](one);
      set[how](one);
      expect(bag.size).toBe(set.size);
      expect(bag.has(one)).toBe(set.has(one));
    }
    expect(names(bag)).toEqual([...set].map(({ name }) => name).sort((a, b) => a - b));
  });

  it('does not take out what lies in another one', () => {
    const [mine, other] = [new Bag(), new Bag()];
    const [one, two] = [thing(1), thing(2)];
    mine.add(one);
    other.add(two);
    mine.delete(two);
    expect([mine.has(one), mine.has(two), other.has(two)]).toEqual([true, false, true]);
  });

  it('shows each to a visitor that takes things out, and leaves what comes meanwhile', () => {
    const bag = new Bag<ReturnType<typeof thing>>();
    const things = Array.from({ length: 10 }, (_, i) => thing(i));
    things.forEach((one) => bag.add(one));
    const seen = new Set<number>();
    bag.forEach((one) => {
      seen.add(one.name);
      bag.delete(one);
      if (one.name % 3 === 0 && one.name < 9) bag.delete(things[one.name + 1]!);
      if (one.name < 10) bag.add(thing(100 + one.name));
    });
    // 1, 4 and 7 are taken out by their neighbours, before they are seen or after.
    expect([...seen].filter((name) => ![1, 4, 7].includes(name)).sort()).toEqual([0, 2, 3, 5, 6, 8, 9]);
    expect(things.some((one) => bag.has(one))).toBe(false);
  });
});
