import { createHash, randomBytes } from 'node:crypto';
import { StorageError } from '../../../../src/core/error.js';
import type { LayeredBackend } from '../../../../src/core/layered-backend.js';
import { child, open, text } from './child.js';

interface Config {
  readonly root: string;
  readonly role: 'writer' | 'reader';
  readonly ms: number;
  /** Writers delete, too. */
  readonly deletes: boolean;
}

const KEYS = ['torn/a', 'torn/b'];
const SIZES = [0, 10, 10, 10, 5_000, 100_000];
const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function write(storage: LayeredBackend, deletes: boolean): Promise<void> {
  const key = pick(KEYS);
  const chance = Math.random();
  if (deletes && chance < 0.3) return storage.delete(key);
  if (chance < 0.4) {
    await storage.copy(key === 'torn/a' ? 'torn/b' : 'torn/a', key).catch(unlessMissing);
    return;
  }
  const bytes = randomBytes(pick(SIZES));
  await storage.put(key, bytes, { metadata: { sha256: sha256(bytes) }, contentType: `x/${bytes.length}` });
}

/** 1 when what is there belongs together, 0 when there is nothing. */
async function verify(storage: LayeredBackend): Promise<number> {
  const key = pick(KEYS);
  const content = await storage.get(key).catch(unlessMissing);
  if (!content) return 0;
  const bytes = await text(content.body);
  const { size, metadata, contentType } = content.info;
  const whole = size === bytes.length && contentType === `x/${size}` && metadata?.sha256 === sha256(bytes);
  if (!whole) throw new Error(`Torn: ${bytes.length} bytes with ${JSON.stringify(content.info)}`);
  const info = await storage.head(key).catch(unlessMissing);
  if (info && info.contentType !== `x/${info.size}`) throw new Error(`Torn head: ${JSON.stringify(info)}`);
  return 1;
}

function unlessMissing(error: unknown): undefined {
  if (!StorageError.is(error, 'NOT_FOUND')) throw error;
}

await child<Config>(async ({ root, role, ms, deletes }) => {
  const { storage, backend } = open({ root, durability: 'rename' });
  let operations = 0;
  const worker = async () => {
    for (const end = performance.now() + ms; performance.now() < end;) {
      if (role === 'reader') operations += await verify(storage);
      else {
        await write(storage, deletes);
        operations++;
      }
    }
  };
  await Promise.all([worker(), worker()]);
  await backend.close();
  return { operations };
});
