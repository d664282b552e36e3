import type { MultipartUploads } from '../../src/core/multipart-uploads.js';
import type { PartLimits, PartStore } from '../../src/core/part-store.js';

/** What of a store is done in another way. */
export interface StoreChanges extends Partial<Omit<PartStore, 'partLimits'>> {
  readonly limits?: Partial<PartLimits> | undefined;
}

/** The store beneath `uploads`, with other limits and some methods replaced. */
export function partStoreOf(uploads: MultipartUploads, { limits, ...changes }: StoreChanges = {}): PartStore {
  return {
    partLimits: { ...uploads.limits, ...limits },
    checkConditions: (key, options) => uploads.checkConditions(key, options),
    begin: (key, options) => uploads.begin(key, options),
    putPart: (key, id, number, bytes, options) => uploads.putPart(key, id, number, bytes, options),
    listParts: (key, id, options) => uploads.listParts(key, id, options),
    complete: (key, id, parts, options) => uploads.complete(key, id, parts, options),
    abort: (key, id, options) => uploads.abort(key, id, options),
    listUploads: (options) => uploads.list(options),
    ...changes,
  };
}
