import { appendFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { child, open, say } from './child.js';

interface Config {
  readonly root: string;
  readonly log: string;
  readonly durability: 'full' | 'rename';
  readonly seed: number;
}

/** Its write-ahead log: `?` before an operation, `!` after it; the value is that which the key then has. */
export interface Line {
  readonly mark: '?' | '!';
  readonly worker: number;
  readonly key: string;
  readonly value: string | null;
}

/** The bytes of a value: a reader can tell from any object which value it should be. */
export const bytesOfValue = (value: string): Buffer =>
  Buffer.from(`${value}:`.repeat(value.endsWith('0') ? 20_000 : 50));

function random(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** Puts, copies and deletes until it is killed. Each worker has keys of its own, below folders that all share. */
await child<Config>(async ({ root, log, durability, seed }) => {
  const { storage } = open({ root, durability });
  const write = (line: Line) => appendFileSync(log, `${JSON.stringify(line)}\n`);
  const worker = async (id: number) => {
    const next = random(seed * 31 + id);
    const values = new Map<string, string | null>();
    for (let i = 0; ; i++) {
      const key = `d${Math.floor(next() * 3)}/e${Math.floor(next() * 2)}/${id}`;
      const from = [...values].find(([other, value]) => other !== key && value !== null);
      const chance = next();
      const copies = chance < 0.2 && from !== undefined;
      const value = copies ? from[1] : chance > 0.75 ? null : `${seed}-${id}-${i}`;
      write({ mark: '?', worker: id, key, value });
      if (value === null) await storage.delete(key);
      else if (copies) await storage.copy(from[0], key);
      else {
        const bytes = bytesOfValue(value);
        const body = i % 2 === 0 ? bytes : Readable.from([bytes], { objectMode: false });
        await storage.put(key, body, { metadata: { value } });
      }
      write({ mark: '!', worker: id, key, value });
      values.set(key, value);
    }
  };
  say('ready');
  await Promise.all([0, 1, 2, 3].map(worker));
});
