import { describe } from '@jest/globals';
import { fileNames } from './cases/file-names.js';
import { forms } from './cases/forms.js';
import { framing } from './cases/framing.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => {
  for (const list of [forms, fileNames, framing]) describe(list.title, () => runList(list, world, name));
});
