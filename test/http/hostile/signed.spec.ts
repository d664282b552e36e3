import { describe } from '@jest/globals';
import { asking } from './cases/presign.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => {
  describe(asking.title, () => runList(asking, world, name));
});
