import { decided } from './cases/access.js';
import { fileNames } from './cases/file-names.js';
import { forms } from './cases/forms.js';
import { framing } from './cases/framing.js';
import { keys, keysRaw, keysTwice } from './cases/keys.js';
import { known } from './cases/known.js';
import { owasp } from './cases/owasp.js';
import { asking } from './cases/presign.js';
import { neighbours, scopes } from './cases/scopes.js';
import { servedTypes } from './cases/served.js';
import { tampered } from './cases/signed.js';
import { stalled } from './cases/stalled.js';
import { spoofed } from './cases/spoofed.js';
import { scanned } from './cases/scanned.js';
import { resumable } from './cases/resumable.js';
import type { HostileList } from './hostile-case.js';

/** All lists, in the order of the page. */
export const LISTS: readonly HostileList[] = [
  ...[decided, scopes, neighbours, forms, fileNames, framing, stalled, spoofed, scanned, servedTypes],
  ...[tampered, asking, resumable, keys, keysTwice, keysRaw, owasp, known],
];
