import {
  appendFileSync,
  chownSync,
  readdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { disk, type Disk } from '../../../src/backends/local/disk.js';
import { begun, partsOf, rereadable, uploadsOf } from '../../contract/uploads.js';
import { bytesOf } from '../../support/bodies.js';
import { failure } from '../../support/errors.js';
import { within } from '../../support/within.js';
import { FAST, remains, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const [ONE, TWO, THREE] = [bytesOf(3_000_000, 1), bytesOf(2_000_000, 2), bytesOf(1_000, 3)];
const isRoot = process.geteuid?.() === 0;

const folderOf = (root: string, id: string): string => join(root, '.stowage/uploads', id);
const inodeOf = (path: string): number => statSync(path).ino;
const leftIn = (root: string): string[] => remains(root).filter((path) => !path.endsWith('/released'));

function setUp(calls: Partial<Disk> = {}) {
  const root = join(roots.folder(), 'root');
  const { storage, backend } = roots.open(root, { disk: { ...disk, ...calls } });
  return { root, storage, backend, uploads: uploadsOf(storage) };
}

type Place = ReturnType<typeof setUp>;

/** Completes it, looks at the content, and tells whether that is the file which the parts were written into. */
async function completed(
  { root, storage, uploads }: Place,
  id: string,
  content: readonly Buffer[],
): Promise<'joined' | 'copied'> {
  const joined = inodeOf(join(folderOf(root, id), 'joined'));
  await uploads.complete('k', id, await partsOf(uploads, 'k', id));
  const whole = Buffer.concat(content);
  expect((await storage.bytes('k')).equals(whole)).toBe(true);
  expect((await storage.head('k')).size).toBe(whole.byteLength);
  expect(leftIn(root)).toEqual([]);
  return inodeOf(join(root, 'k')) === joined ? 'joined' : 'copied';
}

/** A part that waits before its last piece. */
function held(content: Buffer) {
  let [go, reached] = [(): void => undefined, (): void => undefined];
  const gone = new Promise<void>((resolve) => (go = resolve));
  const arrived = within(new Promise<void>((resolve) => (reached = resolve)), 'the part', 10_000);
  const part = rereadable(content, async (start) => {
    if (start === 0) return;
    reached();
    await gone;
  });
  return { part, arrived, go: () => go() };
}

describe('parts that come in their order', () => {
  it('become the object without being copied', async () => {
    const place = setUp();
    const { id } = await begun(place.uploads, 'k', [ONE, TWO, THREE]);
    expect(statSync(join(folderOf(place.root, id), 'joined')).size).toBe(5_001_000);
    expect(await completed(place, id, [ONE, TWO, THREE])).toBe('joined');
  });

  it('are told of by another process as they were stored', async () => {
    const place = setUp();
    const { id, parts } = await begun(place.uploads, 'k', [ONE, TWO, THREE]);
    const other = roots.open(place.root);
    expect(await partsOf(uploadsOf(other.storage), 'k', id)).toEqual(parts);
    expect(
      await completed({ ...place, ...other, uploads: uploadsOf(other.storage) }, id, [ONE, TWO, THREE]),
    ).toBe('joined');
  });

  it('may be empty, the last one', async () => {
    const place = setUp();
    const none = Buffer.alloc(0);
    const { id } = await begun(place.uploads, 'k', [ONE, TWO, none]);
    expect(await completed(place, id, [ONE, TWO])).toBe('copied');
    const { id: another } = await begun(place.uploads, 'k', [none]);
    expect(await completed(place, another, [])).toBe('joined');
  });

  it('are copied where there are no links, and where the file is somebody else’s', async () => {
    const link = () => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' }));
    const place = setUp({ link });
    const { id } = await begun(place.uploads, 'k', [ONE, TWO]);
    expect(await completed(place, id, [ONE, TWO])).toBe('copied');
    if (!isRoot) return;
    const { id: another } = await begun(place.uploads, 'k', [ONE, TWO]);
    chownSync(join(folderOf(place.root, another), 'joined'), 65_534, 65_534);
    expect(await completed(place, another, [ONE, TWO])).toBe('copied');
  });

  it('are completed again after a completion that was refused', async () => {
    const place = setUp();
    await place.storage.put('k', 'old');
    const { id, parts } = await begun(place.uploads, 'k', [ONE, TWO]);
    for (let i = 0; i < 2; i++) {
      const refused = await failure(place.uploads.complete('k', id, parts, { ifAbsent: true }));
      expect(refused).toMatchObject({ code: 'ALREADY_EXISTS' });
      expect(await place.storage.text('k')).toBe('old');
    }
    await completed(place, id, [ONE, TWO]);
  });

  it('are looked through: what the disk gives otherwise is no object', async () => {
    const place = setUp();
    const { id, parts } = await begun(place.uploads, 'k', [ONE, TWO]);
    const path = join(folderOf(place.root, id), 'joined');
    const damaged = Buffer.concat([ONE, TWO]);
    damaged.writeUInt8(damaged.readUInt8(4_000_000) ^ 1, 4_000_000);
    writeFileSync(path, damaged);
    expect(await failure(place.uploads.complete('k', id, parts))).toMatchObject({ code: 'INTEGRITY' });
    expect(await place.storage.exists('k')).toBe(false);
    await place.uploads.putPart('k', id, 2, TWO);
    expect(await completed(place, id, [ONE, TWO])).toBe('copied');
  });

  it('are not there where the file ends before them', async () => {
    const place = setUp();
    const { id, parts } = await begun(place.uploads, 'k', [ONE, TWO]);
    writeFileSync(join(folderOf(place.root, id), 'joined'), ONE);
    expect((await partsOf(place.uploads, 'k', id)).map(({ number }) => number)).toEqual([1]);
    expect(await failure(place.uploads.complete('k', id, parts))).toMatchObject({ reason: 'parts' });
    await place.uploads.putPart('k', id, 2, TWO);
    expect(await completed(place, id, [ONE, TWO])).toBe('copied');
  });
});

describe('parts that come otherwise', () => {
  it.each([
    ['the second first', [2, 1, 3]],
    ['the first twice', [1, 1, 2, 3]],
    ['the second twice', [1, 2, 2, 3]],
    ['the last twice', [1, 2, 3, 3]],
    ['a gap at first', [1, 3, 2]],
  ])('are copied: %s', async (_, order) => {
    const place = setUp();
    const { uploadId: id } = await place.uploads.begin('k');
    const contents = new Map<number, Buffer>();
    let seed = 10;
    for (const number of order) {
      const content = bytesOf(1_500_000 + seed, seed++);
      contents.set(number, content);
      await place.uploads.putPart('k', id, number, content);
    }
    const inOrder = [1, 2, 3].map((number) => contents.get(number) ?? Buffer.alloc(0));
    expect(await completed(place, id, inOrder)).toBe('copied');
  });

  it('are copied when only the first of them are asked for', async () => {
    const place = setUp();
    const { id, parts } = await begun(place.uploads, 'k', [ONE, TWO, THREE]);
    await place.uploads.complete('k', id, parts.slice(0, 2));
    expect((await place.storage.bytes('k')).equals(Buffer.concat([ONE, TWO]))).toBe(true);
    expect(leftIn(place.root)).toEqual([]);
  });

  it('take no more of the disk however often one is replaced', async () => {
    const place = setUp();
    const { id } = await begun(place.uploads, 'k', [ONE, TWO]);
    for (let i = 0; i < 10; i++)
      for (const [index, content] of [ONE, TWO].entries())
        await place.uploads.putPart('k', id, index + 1, content);
    const folder = folderOf(place.root, id);
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(2 * 5_000_000 + 1000);
    expect(await completed(place, id, [ONE, TWO])).toBe('copied');
  });

  it('do not go through a link in the place of their file', async () => {
    const place = setUp();
    const outside = join(place.root, '..', 'outside');
    writeFileSync(outside, 'untouched');
    const { uploadId: id } = await place.uploads.begin('k');
    const joined = join(folderOf(place.root, id), 'joined');
    symlinkSync(outside, joined);
    await place.uploads.putPart('k', id, 1, ONE);
    expect(await partsOf(place.uploads, 'k', id)).toHaveLength(1);
    const { id: another } = await begun(place.uploads, 'k', [ONE]);
    const second = join(folderOf(place.root, another), 'joined');
    unlinkSync(second);
    symlinkSync(outside, second);
    await place.uploads.putPart('k', another, 2, TWO);
    await place.uploads.putPart('k', another, 1, ONE);
    await place.uploads.complete('k', another, await partsOf(place.uploads, 'k', another));
    expect((await place.storage.bytes('k')).equals(Buffer.concat([ONE, TWO]))).toBe(true);
    expect(statSync(outside).size).toBe(9);
    await place.uploads.abort('k', id);
  });
});

describe('a part that is written late', () => {
  it('changes nothing of an object that was made meanwhile', async () => {
    const place = setUp();
    const { id, parts } = await begun(place.uploads, 'k', [ONE]);
    const late = held(TWO);
    const writing = failure(place.uploads.putPart('k', id, 2, late.part));
    await late.arrived;
    expect(await completed(place, id, [ONE])).toBe('copied');
    late.go();
    expect(await writing).toMatchObject({ code: 'NOT_FOUND', reason: 'upload' });
    expect((await place.storage.bytes('k')).equals(ONE)).toBe(true);
    expect(parts).toHaveLength(1);
  });

  it('does not lie behind an object that is being made', async () => {
    let [go, reached] = [(): void => undefined, (): void => undefined];
    const gone = new Promise<void>((resolve) => (go = resolve));
    const arrived = new Promise<void>((resolve) => (reached = resolve));
    const place = setUp({
      rename: async (from, to) => {
        if (to.endsWith('/k')) {
          reached();
          await gone;
        }
        return disk.rename(from, to);
      },
    });
    const { id, parts } = await begun(place.uploads, 'k', [ONE]);
    const completing = place.uploads.complete('k', id, parts);
    await within(arrived, 'the rename', 10_000);
    const late = held(TWO);
    const writing = failure(place.uploads.putPart('k', id, 2, late.part));
    await late.arrived;
    go();
    await completing;
    late.go();
    expect(await writing).toMatchObject({ code: 'NOT_FOUND', reason: 'upload' });
    expect((await place.storage.bytes('k')).equals(ONE)).toBe(true);
  });

  it('is not mixed with another one of the same number', async () => {
    const place = setUp();
    const { id } = await begun(place.uploads, 'k', [ONE]);
    const [first, second] = [held(TWO), held(bytesOf(2_500_000, 9))];
    const writing = place.uploads.putPart('k', id, 2, first.part);
    await first.arrived;
    const overtaking = place.uploads.putPart('k', id, 2, second.part);
    await second.arrived;
    second.go();
    await overtaking;
    first.go();
    const { etag } = await writing;
    expect((await partsOf(place.uploads, 'k', id)).map((part) => part.etag)[1]).toBe(etag);
    expect(await completed(place, id, [ONE, TWO])).toBe('joined');
  });

  it('that fails gives its place back, to a shorter one, too', async () => {
    const place = setUp();
    const { uploadId: id } = await place.uploads.begin('k');
    const failing = (content: Buffer) =>
      rereadable(content, (start) => {
        if (start > 0) throw new Error('gone');
      });
    for (const [number, content] of [
      [1, ONE],
      [2, THREE],
    ] as const) {
      await failure(place.uploads.putPart('k', id, number, failing(TWO)));
      await place.uploads.putPart('k', id, number, content);
    }
    expect(await completed(place, id, [ONE, THREE])).toBe('joined');
  });

  it('and never ended, because its process was killed, is nothing', async () => {
    const place = setUp();
    const { id } = await begun(place.uploads, 'k', [ONE]);
    // As it leaves the folder: the right to the place, and what it has written there.
    writeFileSync(join(folderOf(place.root, id), `joined.${ONE.byteLength}`), '');
    appendFileSync(join(folderOf(place.root, id), 'joined'), TWO.subarray(0, 1234));
    expect(await partsOf(place.uploads, 'k', id)).toHaveLength(1);
    await place.uploads.putPart('k', id, 2, TWO);
    await place.uploads.putPart('k', id, 3, THREE);
    expect(await completed(place, id, [ONE, TWO, THREE])).toBe('copied');
  });
});
