/**
 * What a route does with a storage. HEAD is a `get`; `presign` gives out URLs for the others; `direct` is an upload that goes past
 * this server and is admitted when it is confirmed; `tus` one that can be resumed.
 */
export const STORAGE_OPERATIONS = ['upload', 'get', 'list', 'delete', 'presign', 'direct', 'tus'] as const;

/** One of STORAGE_OPERATIONS. */
export type StorageHttpOperation = (typeof STORAGE_OPERATIONS)[number];
