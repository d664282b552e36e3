import { execFileSync } from 'node:child_process';
import { StorageError } from '../../../../src/core/error.js';
import { child, open, text } from './child.js';

interface Config {
  readonly root: string;
  readonly operations: number;
  readonly descriptors: number;
}

/** Does many things at once, with fewer descriptors than they need; then one after the other. */
await child<Config>(async ({ root, operations, descriptors }) => {
  // Only now: the loader of modules opens as many files at once as a module imports.
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${descriptors}`], { timeout: 5000 });
  const { storage, backend } = open({ root, durability: 'rename', unreadTimeoutMs: 500 });
  const codes: Record<string, number> = {};
  const count = async (work: Promise<unknown>) => {
    let code = 'done';
    try {
      await work;
    } catch (error) {
      if (!StorageError.is(error)) throw error;
      code = error.code === 'UNAVAILABLE' ? `UNAVAILABLE ${error.reason}` : error.code;
    }
    codes[code] = (codes[code] ?? 0) + 1;
  };
  const bytes = Buffer.alloc(100_000, 'x');
  await Promise.all(
    Array.from({ length: operations }, async (_, i) => {
      const key = `folder-${i % 100}/${i}`;
      await count(storage.put(key, bytes));
      await count(storage.get(key).then(({ body }) => text(body)));
      await count(storage.copy(key, `copy-${i % 100}/${i}`));
    }),
  );
  let afterwards = 0;
  for (let i = 0; i < 120; i++) {
    const key = `after-${i}/k`;
    await storage.put(key, bytes);
    afterwards += (await text((await storage.get(key)).body)).length === bytes.length ? 1 : 0;
  }
  await backend.sweep();
  await backend.close();
  return { codes, afterwards };
});
