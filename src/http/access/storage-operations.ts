/** What a route does with a storage. HEAD is a `get`; `presign` gives out URLs for the others. */
export const STORAGE_OPERATIONS = ['upload', 'get', 'list', 'delete', 'presign'] as const;

/** One of STORAGE_OPERATIONS. */
export type StorageHttpOperation = (typeof STORAGE_OPERATIONS)[number];
