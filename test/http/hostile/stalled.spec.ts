import { describe } from '@jest/globals';
import { stalled } from './cases/stalled.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => describe(stalled.title, () => runList(stalled, world, name)), {
  timeouts: { headers: 500, request: 1000 },
});
