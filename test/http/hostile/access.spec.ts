import { describe, expect, it } from '@jest/globals';
import { decided, ROUTES } from './cases/access.js';
import { neighbours, scopes } from './cases/scopes.js';
import { differential } from './support/differential.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => {
  it('has the routes that the list names, and no other', () => {
    const { routes } = world();
    const found = new Set(routes.map((route) => route.replace(/\*\w+$/, '*')));
    // Express answers a HEAD by the GET, and has no line for it.
    const withHeads = [...found].map((route) => route.replace(/^GET /, 'HEAD '));
    if (name.adapter === 'express')
      for (const head of withHeads) if (head.startsWith('HEAD ')) found.add(head);
    expect([...found].sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  for (const list of [decided, scopes, neighbours]) describe(list.title, () => runList(list, world, name));

  it('answers ann nothing but what is of ann, whatever the path', () => differential(world()), 60_000);
});
