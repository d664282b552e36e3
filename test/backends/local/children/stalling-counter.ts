import { StorageError } from '../../../../src/core/error.js';
import { child, open, text } from './child.js';

interface Config {
  readonly root: string;
  readonly ms: number;
  readonly leaseMs: number;
}

/** Adds one as often as it can, whatever happens to its locks. */
await child<Config>(async ({ root, ms, leaseMs }) => {
  const { storage, backend } = open({ root, durability: 'rename', leaseMs });
  let added = 0;
  let lost = 0;
  for (const end = performance.now() + ms; performance.now() < end;) {
    try {
      const { info, body } = await storage.get('counter');
      const next = Number(String(await text(body))) + 1;
      await storage.put('counter', Buffer.from(String(next)), { ifMatch: info.etag });
      added++;
    } catch (error) {
      if (!StorageError.is(error, 'PRECONDITION_FAILED', 'UNAVAILABLE')) throw error;
      if (error.reason === 'lock-lost') lost++;
    }
  }
  await backend.close();
  return { added, lost };
});
