import { child, open, text } from './child.js';

interface Config {
  readonly root: string;
  readonly id: number;
  readonly rounds: number;
}

/** Puts, reads and deletes its own key in folders that it shares; what it was promised to be there has to be there. */
await child<Config>(async ({ root, id, rounds }) => {
  const { storage, backend } = open({ root, durability: 'rename' });
  let puts = 0;
  for (let i = 0; i < rounds; i++) {
    const key = `${i % 7 === 0 ? 'shared' : 'shared/deep/deeper'}/${id}`;
    await storage.put(key, Buffer.from(String(i)));
    puts++;
    const { body } = await storage.get(key);
    if (String(await text(body)) !== String(i)) throw new Error(`${key} is another's`);
    await storage.delete(key);
  }
  await storage.put(`shared/deep/deeper/last-${id}`, Buffer.from('last'));
  await backend.close();
  return { puts };
});
