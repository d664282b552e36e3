import { describe } from '@jest/globals';
import { keys, keysRaw, keysTwice } from './cases/keys.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => {
  for (const list of [keys, keysTwice, keysRaw]) describe(list.title, () => runList(list, world, name));
});
