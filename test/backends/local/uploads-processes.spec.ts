import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { partsOf, pending, uploadsOf } from '../../contract/uploads.js';
import { sleep } from '../../support/within.js';
import type { Ready } from './children/finisher.js';
import { partOfKey, PARTS, sumOfKey, type Told } from './children/upload-content.js';
import { useChildren, word } from './support/children.js';
import { FAST, keysOfFiles, keysOfMetadata, remains, useRoots } from './support/roots.js';

const memory = useRoots(FAST);
const real = useRoots(tmpdir());
const start = useChildren();
const KILLS = 25;

const toldIn = (log: string): Told[] =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Told);

/** Resolves when the child has begun an upload: a busy machine may not have let it. */
async function begun(log: string): Promise<void> {
  for (const end = performance.now() + 10_000; readFileSync(log).length === 0; await sleep(2))
    if (performance.now() > end) throw new Error('The child has begun nothing');
}

describe('a process that is killed while it uploads', () => {
  it.each([
    ['rename', memory],
    ['full', real],
  ] as const)(
    `leaves what another one completes, byte for byte, ${KILLS} times, durability %s`,
    async (durability, roots) => {
      const folder = roots.folder();
      const root = join(folder, 'root');
      let resumed = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const log = join(folder, `log-${kill}`);
        writeFileSync(log, '');
        const child = start('uploader', { root, log, durability, seed: kill });
        await child.heard(word('ready'));
        await begun(log);
        await sleep(Math.random() * 80);
        child.signal('SIGKILL');
        await child.ended();

        const { storage, backend } = roots.open(root, { durability });
        const uploads = uploadsOf(storage);
        // It removes the upload of a completion that was killed behind its object: its parts would be seen going.
        await backend.sweep();
        const told = toldIn(log);
        const left = new Map((await pending(uploads)).map(({ key, uploadId }) => [key, uploadId]));
        for (const { key, id } of told.filter(({ completed, part }) => !completed && !part)) {
          const own = told.filter((one) => one.id === id);
          const sent = own.flatMap(({ part }) => part ?? []);
          if (left.has(key)) {
            const parts = new Map((await partsOf(uploads, key, id)).map((part) => [part.number, part]));
            for (const part of sent) expect(parts.get(part.number)).toEqual(part);
            expect(own.some(({ completed }) => completed)).toBe(false);
          }
        }
        for (const [key, id] of left) {
          const parts = new Map((await partsOf(uploads, key, id)).map((part) => [part.number, part]));
          for (let number = 1; number <= PARTS; number++)
            if (!parts.has(number))
              parts.set(number, await uploads.putPart(key, id, number, partOfKey(key, number)));
          await uploads.complete(
            key,
            id,
            [...parts.values()].sort((a, b) => a.number - b.number),
          );
          resumed++;
        }
        for (const key of new Set([...left.keys(), ...told.map(({ key }) => key)])) {
          const sum = createHash('sha256')
            .update(await storage.bytes(key))
            .digest('hex');
          expect(sum).toBe(sumOfKey(key));
          expect((await storage.head(key)).metadata).toEqual({ key });
          await storage.delete(key);
        }
        await backend.sweep();
        await backend.close();
        expect(keysOfMetadata(root)).toEqual(keysOfFiles(root));
        expect(remains(root)).toEqual([]);
      }
      process.stdout.write(`${KILLS} kills, ${resumed} uploads gone on with (${durability})\n`);
      expect(resumed).toBeGreaterThan(KILLS / 4);
    },
    240_000,
  );
});

describe('processes that end uploads at the same time', () => {
  /** How many of 60 uploads were completed, while two processes completed them and one aborted them. */
  const completed = async (): Promise<number> => {
    const root = join(memory.folder(), 'root');
    const { storage, backend } = memory.open(root);
    const uploads = uploadsOf(storage);
    const all: Ready[] = [];
    for (let i = 0; i < 60; i++) {
      const key = `k${i}`;
      const { uploadId: id } = await uploads.begin(key);
      const parts = [
        await uploads.putPart(key, id, 1, partOfKey(key, 1)),
        await uploads.putPart(key, id, 2, partOfKey(key, 2)),
      ];
      all.push({ key, id, parts });
    }
    const children = [false, false, true].map((aborts) =>
      start('finisher', { root, aborts, uploads: aborts ? all.toReversed() : all }),
    );
    await Promise.all(children.map((child) => child.heard(word('ready'))));
    for (const child of children) child.say('go');
    const results = await Promise.all(children.map((child) => child.done<{ outcomes: string[] }>()));
    const [one, two, aborts] = results.map(({ outcomes }) => outcomes) as [string[], string[], string[]];
    let made = 0;
    for (const [i, { key }] of all.entries()) {
      expect(aborts[i]).toBe('aborted');
      if (await storage.exists(key)) {
        made++;
        const { etag } = await storage.head(key);
        expect([one[i], two[i]]).toEqual([etag, etag]);
        const whole = Buffer.concat([partOfKey(key, 1), partOfKey(key, 2)]);
        expect((await storage.bytes(key)).equals(whole)).toBe(true);
      } else expect([one[i], two[i]]).toEqual(['NOT_FOUND upload', 'NOT_FOUND upload']);
    }
    process.stdout.write(`${made} of ${all.length} uploads were completed, the others aborted\n`);
    await backend.sweep();
    await backend.close();
    expect(readdirSync(join(root, '.stowage/uploads'))).toEqual([]);
    expect(remains(root)).toEqual([]);
    expect(keysOfMetadata(root)).toEqual(keysOfFiles(root));
    return made;
  };

  it('complete or abort each of them as one, and leave nothing', async () => {
    // On a busy machine one process may be through before another one has begun: then they have not met.
    for (let round = 1; round <= 8; round++) {
      const made = await completed();
      if (made > 0 && made < 60) return;
    }
    throw new Error('Those that complete and the one that aborts have never met');
  }, 120_000);
});
