import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import { StorageError, type StorageErrorCode } from '../../../src/core/error.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import type { Layer } from '../../../src/core/layer.js';
import type { HttpRequest } from '../../../src/http/index.js';
import { admitStored } from '../../../src/http/pending/admit-stored.js';
import { PendingArea } from '../../../src/http/pending/pending-area.js';
import type { StoredUpload } from '../../../src/http/pending/stored-upload.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { keysOf } from '../harness.js';

const ID = '0b5c3a52-0000-4000-8000-000000000001';
const PENDING = `pending/direct/${ID}`;
const KEY = 'users/ann/a.txt';
const REFUSED = new Error('onStored refuses it');

interface Fault {
  readonly code: StorageErrorCode;
  /** Whether the operation is done, and its answer alone is lost. */
  readonly acts: boolean;
}

interface Case {
  readonly own: boolean;
  readonly unpinned: boolean;
  readonly refuses: boolean;
}

/** An upload whose confirmation meets `fault` at its operation number `at`. */
async function place({ own, unpinned, refuses }: Case, fault: Fault, at: number) {
  let count = -Infinity;
  let met: string | undefined;
  const layer: Layer = async (operation, next) => {
    if (++count !== at) return next(operation);
    met = `${operation.name} ${operation.key.replace(ID, '')}`;
    if (fault.acts) await next(operation);
    throw new StorageError(fault.code, 'A fault of the test');
  };
  const root = new StorageService('documents', withLayers(new MemoryBackend(), 'documents', [layer]));
  const area = new PendingArea();
  area.copiesUnpinned = unpinned;
  let told = 0;
  const onStored = (): void => {
    told++;
    if (refuses) throw REFUSED;
  };
  const upload: StoredUpload = {
    ...{ area, root, scope: 'users/ann', storage: root.scoped('users/ann'), pending: PENDING },
    ticket: { id: ID, key: 'a.txt', name: 'a.txt', contentType: 'text/plain', expires: 0 },
    rules: { types: ['text/plain'], onStored, ...(own && { key: () => 'a.txt' }) },
    marks: ['a mark'],
    ...{ request: {} as HttpRequest, principal: 'ann', via: 'direct' },
  };
  await root.put(PENDING, 'hello');
  return {
    root,
    /** How it ended: `done`, `refused`, or the code of its error. */
    confirm: async (): Promise<string> => {
      try {
        await admitStored(upload);
        return 'done';
      } catch (error) {
        return error === REFUSED ? 'refused' : StorageError.is(error) ? error.code : String(error);
      }
    },
    breaks: () => (count = 0),
    heal: () => (count = -Infinity),
    met: () => met,
    told: () => told,
  };
}

// What could not be removed, or marked, is told there.
beforeEach(() => void jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined));
afterEach(() => void jest.restoreAllMocks());

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['fails', { code: 'UNAVAILABLE', acts: false }],
  ['is done, and its answer is lost', { code: 'OUTCOME_UNKNOWN', acts: true }],
  ['is done, and found to be wrong', { code: 'INTEGRITY', acts: true }],
];
const CASES: readonly Case[] = [false, true].flatMap((own) =>
  [false, true].flatMap((unpinned) => [false, true].map((refuses) => ({ own, unpinned, refuses }))),
);

describe.each(CASES)('A confirmation (own key: $own, unpinned: $unpinned, refused: $refuses)', (given) => {
  it.each(FAULTS)('is whole, or can be made again, whichever operation %s', async (_, fault) => {
    const end = given.refuses ? 'refused' : 'done';
    for (let at = 1; ; at++) {
      const { root, confirm, breaks, heal, met, told } = await place(given, fault, at);
      breaks();
      const first = await confirm();
      heal();
      const where = met();
      if (where === undefined) {
        expect(at).toBeGreaterThan(6);
        return;
      }
      // What nobody can do by then is logged: the object cannot be taken back, or the mark not be left.
      const isKept = given.refuses && where === 'delete a.txt' && !fault.acts;
      const isUnmarked = told() > 0 && where.startsWith('put pending/locks/') && !fault.acts;
      const seen = { at, where, first, told: told(), isThere: await root.exists(KEY) };
      if (first === end) {
        expect(seen).toMatchObject({ told: 1, isThere: !given.refuses || isKept });
      } else {
        // Nothing was told of, and nothing is lost.
        expect(seen).toMatchObject({ told: 0, first: fault.code });
        expect([seen, await confirm()]).toEqual([seen, end]);
        expect([seen, told(), await root.exists(KEY)]).toEqual([seen, 1, !given.refuses]);
      }
      if (isUnmarked) continue;
      // What is sent after that is nothing of it.
      await root.put(PENDING, 'evil!');
      expect([seen, await confirm(), told()]).toEqual([seen, 'NOT_FOUND', 1]);
      const left = (await keysOf(root)).filter((key) => !key.startsWith('pending/held/'));
      expect([seen, left]).toEqual([seen, given.refuses && !isKept ? [] : [KEY]]);
    }
  });
});
