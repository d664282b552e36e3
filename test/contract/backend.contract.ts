import { abort } from './abort.contract.js';
import { batches } from './batches.contract.js';
import { bodies } from './bodies.contract.js';
import { conditions } from './conditions.contract.js';
import { copy } from './copy.contract.js';
import { deletion } from './delete.contract.js';
import { keys } from './keys.contract.js';
import { list } from './list.contract.js';
import { metadata } from './metadata.contract.js';
import { model } from './model.contract.js';
import { put } from './put.contract.js';
import { races } from './races.contract.js';
import { range } from './range.contract.js';
import { refusedBodies } from './refused-bodies.contract.js';
import { defineSuite, type BackendHarness } from './suite.js';

/**
 * What every backend must do, as an application sees it:
 *
 *     backendContract('mine', { create: async () => ({ backend: new MyBackend() }) });
 */
export function backendContract(name: string, harness: BackendHarness): void {
  defineSuite(name, harness, {
    put,
    metadata,
    bodies,
    'refused bodies': refusedBodies,
    conditions,
    range,
    delete: deletion,
    list,
    'copy and move': copy,
    batches,
    keys,
    abort,
    races,
    model,
  });
}

export type { BackendHarness, Feature, Place } from './suite.js';
