import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { bytesOf, KIB, MIB, readAll, released } from '../../support/bodies.js';
import { sleep } from '../../support/within.js';
import { useChildren } from './support/children.js';
import { descriptorsBelow, FAST, useRoots } from './support/roots.js';

const roots = useRoots(FAST);
const start = useChildren();
const bytes = bytesOf(5 * MIB, 7);

async function place(options = {}) {
  const root = join(roots.folder(), 'root');
  const opened = roots.open(root, options);
  await opened.storage.put('big', bytes);
  const open = () => descriptorsBelow(join(root, 'big')).length;
  return { root, open, ...opened };
}

/** Reads until at least `count` bytes have come. */
async function readSome(body: Readable, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    if (chunks.reduce((sum, { length }) => sum + length, 0) >= count) break;
  }
  return Buffer.concat(chunks);
}

describe('the body of a large object', () => {
  it('gives its descriptor back when it was read', async () => {
    const { storage, open } = await place();
    const { body } = await storage.get('big');
    expect(open()).toBe(1);
    expect((await readAll(body)).equals(bytes)).toBe(true);
    await released(body);
    expect(open()).toBe(0);
  });

  it('gives its descriptor back when nobody began to read it in time', async () => {
    const { storage, open } = await place({ unreadTimeoutMs: 80 });
    const { body } = await storage.get('big');
    expect(open()).toBe(1);
    await sleep(200);
    await released(body);
    expect(open()).toBe(0);
    await expect(readAll(body)).rejects.toMatchObject({ code: 'TIMEOUT', reason: 'unread' });
  });

  it('is not given up while it is read slowly', async () => {
    const { storage } = await place({ unreadTimeoutMs: 80 });
    const { body } = await storage.get('big');
    const first = await readSome(body, 1);
    await sleep(250);
    expect(Buffer.concat([first, await readAll(body)]).equals(bytes)).toBe(true);
  });

  it.each(['destroyed', 'aborted'])('gives its descriptor back when it is %s half way', async (how) => {
    const { storage, open } = await place();
    const end = new AbortController();
    for (let i = 0; i < 50; i++) {
      const { body } = await storage.get('big', { signal: end.signal });
      if (i % 3 > 0) await readSome(body, i % 3);
      if (how === 'destroyed') body.destroy();
      else if (i === 49) end.abort();
      else body.destroy();
      await released(body);
    }
    expect(open()).toBe(0);
  });

  it('stays what it was when the object is replaced, moved or deleted meanwhile', async () => {
    const { storage } = await place();
    for (const change of [
      () => storage.put('big', 'replaced'),
      () => storage.move('big', 'moved'),
      () => storage.delete('big'),
    ]) {
      await storage.put('big', bytes);
      const { body } = await storage.get('big');
      const first = await readSome(body, 1);
      await change();
      expect(Buffer.concat([first, await readAll(body)]).equals(bytes)).toBe(true);
    }
  });

  it('fails when the file becomes shorter by hand', async () => {
    const { storage, root } = await place();
    const { body } = await storage.get('big');
    await readSome(body, 1);
    truncateSync(join(root, 'big'), 10);
    await expect(readAll(body)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  it('of a range reads just that', async () => {
    const { storage, open } = await place();
    const { body } = await storage.get('big', { range: { start: MIB - 5, end: 3 * MIB + 7 } });
    expect((await readAll(body)).equals(bytes.subarray(MIB - 5, 3 * MIB + 8))).toBe(true);
    await released(body);
    expect(open()).toBe(0);
  });
});

describe('the body of a small object', () => {
  it('holds no descriptor', async () => {
    const root = join(roots.folder(), 'root');
    const { storage } = roots.open(root);
    await storage.put('small', bytesOf(64 * KIB));
    const bodies = await Promise.all(Array.from({ length: 50 }, () => storage.get('small')));
    expect(descriptorsBelow(join(root, 'small'))).toEqual([]);
    bodies.forEach(({ body }) => body.destroy());
  });
});

describe('2,000 bodies that are neither read nor destroyed', () => {
  it.each([
    ['in time', { unreadTimeoutMs: 100, collect: false }],
    ['by garbage collection', { unreadTimeoutMs: 60_000, collect: true }],
  ])(
    'give their descriptors back %s, and end no process',
    async (_, options) => {
      const root = join(roots.folder(), 'root');
      const execArgv = ['--expose-gc'];
      const child = start('forgetful', { root, gets: 2_000, ...options }, { execArgv });
      const { most, left } = await child.done<{ most: number; left: number }>(80_000);
      process.stdout.write(`at most ${most} of 2,000 descriptors open\n`);
      expect(left).toBe(0);
      expect(most).toBeLessThan(1_500);
    },
    90_000,
  );
});
