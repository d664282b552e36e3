/** What a route does with a storage. HEAD is a `get`. */
export const STORAGE_OPERATIONS = ['upload', 'get', 'list', 'delete'] as const;

/** One of STORAGE_OPERATIONS. */
export type StorageHttpOperation = (typeof STORAGE_OPERATIONS)[number];
