import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { keysOf } from '../../harness.js';
import { within } from '../../../support/within.js';
import { PLACES, type HostileState } from '../children/config.js';
import { answerIn, idOf, type HostileCase, type HostileList } from '../hostile-case.js';
import type { Reply } from './reply.js';
import { NOT_YOURS, SEEDS } from './seeds.js';
import { exchange, type Wire } from './wire.js';
import type { World } from './world.js';

/** A test for each case of `list`: what is answered, that nothing is left, that the server lives; and after all, that it holds nothing. */
export function runList(
  list: HostileList,
  world: () => World,
  { adapter, place }: Pick<World, 'adapter' | 'place'>,
): void {
  let before: HostileState;
  beforeAll(async () => {
    before = await settled(world(), Infinity);
  });

  for (const one of list.cases) {
    if (one.only !== undefined && one.only !== adapter && one.only !== place) continue;
    it(`${idOf(list, one)} ${one.what}: ${answerIn(one.answer, { adapter, place })}`, () =>
      runCase(one, world()));
  }

  afterAll(async () => {
    const here = world();
    here.assertAlive();
    const after = await settled(here, before.files);
    expect({ ...after, ...UNCOUNTED }).toEqual({ ...before, ...UNCOUNTED, connections: 0, polluted: [] });
    expect(await here.unfinished()).toEqual([]);
  }, 30_000);
}

/** What differs from moment to moment, or is a pool's. */
const UNCOUNTED = { id: 0, memory: 0, sockets: 0 };

/** How the server is when nobody is connected any more, and it has at most `files` open. */
async function settled(world: World, files: number): Promise<HostileState> {
  const end = Date.now() + 10_000;
  for (;;) {
    const state = await world.state();
    if ((state.connections === 0 && state.files <= files) || Date.now() > end) return state;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function runCase(one: HostileCase, world: World): Promise<void> {
  const wires = [await one.send(world)].flat() as readonly Wire[];
  const found: Record<string, string> = {};
  const wanted: Record<string, string> = {};
  const failures: unknown[] = [];
  await Promise.all(
    wires.map(async (wire, at) => {
      const reply = await exchange(world.port, wire);
      const name = `${at + 1} ${wire.label ?? ''}`;
      const isHead = wire.bytes[0]?.toString().startsWith('HEAD ') ?? false;
      const answer = answerIn(wire.answer ?? one.answer, world);
      found[name] = shown(reply);
      // A HEAD has no body to say more in.
      wanted[name] = isHead ? (answer.split(' ', 1)[0] ?? '') : answer;
      if (tells(reply, wire)) found[name] += ", and what is somebody else's";
      await one.see?.(reply, world, wire);
    }),
  ).catch((error: unknown) => failures.push(error));
  world.assertAlive();
  await one.undo?.(world);
  const left = await settledKeys(world, (one.stores ?? 0) * wires.length);
  await Promise.all(left.map(({ storage, key }) => world.storages[storage].delete(key)));
  expect(found).toEqual(wanted);
  expect(failures).toEqual([]);
  expect(left).toHaveLength((one.stores ?? 0) * wires.length);
}

/** Whether an answer has what is not the sender's. What refuses a path may repeat it, as routers do. */
function tells({ status, body }: Reply, { bytes }: Wire): boolean {
  const isRepeated = status >= 400 && bytes.some((one) => one.toString().includes(NOT_YOURS));
  return body.includes(NOT_YOURS) && !isRepeated;
}

/** A reply as a case names it. */
export function shown({ status, code }: Reply): string {
  if (status === 0) return 'no answer';
  return code === '' ? String(status) : `${status} ${code}`;
}

interface Found {
  readonly storage: (typeof PLACES)[number];
  readonly key: string;
}

/** What is new when there are `count` of it, or after ten seconds: what a client that is gone has left is deleted behind its back. */
async function settledKeys(world: World, count: number): Promise<Found[]> {
  const end = Date.now() + 10_000;
  for (;;) {
    const found = await newKeys(world);
    if (found.length === count || Date.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The objects that were not there before. Fails when one of those that were is not there any more. */
async function newKeys(world: World): Promise<Found[]> {
  const listed = PLACES.map(async (storage) => {
    const keys = await within(keysOf(world.storages[storage]), 'the list', 10_000);
    return keys.map((key) => ({ storage, key }));
  });
  const found = (await Promise.all(listed)).flat();
  const isSeed = ({ storage, key }: Found): boolean =>
    SEEDS.some((seed) => seed.storage === storage && seed.key === key);
  expect(found.filter(isSeed)).toHaveLength(SEEDS.length);
  return found.filter((one) => !isSeed(one));
}
