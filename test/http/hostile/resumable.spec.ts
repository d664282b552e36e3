import { describe } from '@jest/globals';
import { resumable } from './cases/resumable.js';
import { runList } from './support/run-list.js';
import { forEachWorld } from './support/use-world.js';

forEachWorld((world, name) => describe(resumable.title, () => runList(resumable, world, name)));
