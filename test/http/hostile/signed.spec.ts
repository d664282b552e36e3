import { describe } from '@jest/globals';
import { asking } from './cases/presign.js';
import { tampered } from './cases/signed.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => {
  for (const list of [tampered, asking]) describe(list.title, () => runList(list, world, name));
});
