import type { MultipartUploads } from '../../core/multipart-uploads.js';
import type { PartStore } from '../../core/part-store.js';

/** The capability as what the engine works on: with the checks, layers and scope that are around it. */
export function partStoreOf(uploads: MultipartUploads): PartStore {
  return {
    partLimits: uploads.limits,
    checkConditions: (key, options) => uploads.checkConditions(key, options),
    begin: (key, options) => uploads.begin(key, options),
    putPart: (key, uploadId, number, bytes, options) =>
      uploads.putPart(key, uploadId, number, bytes, options),
    listParts: (key, uploadId, options) => uploads.listParts(key, uploadId, options),
    complete: (key, uploadId, parts, options) => uploads.complete(key, uploadId, parts, options),
    abort: (key, uploadId, options) => uploads.abort(key, uploadId, options),
    listUploads: (options) => uploads.list(options),
  };
}
