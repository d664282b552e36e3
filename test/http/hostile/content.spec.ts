import { describe } from '@jest/globals';
import { known } from './cases/known.js';
import { owasp } from './cases/owasp.js';
import { servedTypes } from './cases/served.js';
import { spoofed } from './cases/spoofed.js';
import { scanned } from './cases/scanned.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => {
  for (const list of [spoofed, scanned, servedTypes, owasp, known])
    describe(list.title, () => runList(list, world, name));
});
