import { child, open } from './child.js';

/** Uses a backend and never closes it. */
await child<{ root: string }>(async ({ root }) => {
  const { storage } = open({ root });
  await storage.put('k', Buffer.alloc(200_000));
  await storage.get('k');
  await storage.list({ prefix: '', limit: 10 });
});
