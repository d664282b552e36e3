import { describe, it } from '@jest/globals';
import { neighbours, scopes } from './cases/scopes.js';
import { differential } from './support/differential.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => {
  for (const list of [scopes, neighbours]) describe(list.title, () => runList(list, world, name));

  it('answers ann nothing but what is of ann, whatever the path', () => differential(world()), 60_000);
});
