import type { StorageDecision, StorageHttpOptions } from '../../../../src/http/index.js';
import { eicarScanner } from './eicar-scanner.js';
import { DECISIONS } from './decisions.js';

const ALL = ['upload', 'get', 'list', 'delete', 'presign', 'direct'] as const;
const MAX_SIZE = 64 * 1024;

/** How the storages are served. `reader`, `signer`, `scanned` and `resumable` are the documents by other names. */
export const SERVED = {
  documents: { operations: ALL, maxSize: MAX_SIZE, maxFiles: 3 },
  other: { operations: ALL, maxSize: MAX_SIZE },
  images: { operations: ALL, maxSize: MAX_SIZE, types: ['image/*'] },
  reader: { operations: ['get'] },
  scanned: { operations: ALL, maxSize: MAX_SIZE, maxFiles: 3, scanner: eicarScanner, scanTimeoutMs: 400 },
  resumable: { operations: ['get', 'tus'], maxSize: MAX_SIZE, types: ['text/plain'] },
  signer: { operations: ['get', 'presign'] },
} satisfies StorageHttpOptions['storages'];

/** Every user has a scope. A header lets a request have any other decision. */
export const ACCESS: Pick<StorageHttpOptions, 'authorize' | 'principal'> = {
  principal: ({ headers }) => headers['x-user'],
  authorize: ({ principal, request }) => {
    const decide = request.headers['x-decide'];
    if (typeof decide === 'string') return DECISIONS[decide]?.() as StorageDecision;
    return typeof principal === 'string' && /^[a-z0-9]+$/.test(principal) && { scope: `users/${principal}` };
  },
};
