import { keys, keysRaw, keysTwice } from './cases/keys.js';
import { asking } from './cases/presign.js';
import { neighbours, scopes } from './cases/scopes.js';
import type { HostileList } from './hostile-case.js';

/** All lists, in the order of the page. */
export const LISTS: readonly HostileList[] = [asking, scopes, neighbours, keys, keysTwice, keysRaw];
