import type { ServedStorageOptions } from '../storage-http.options.js';

/** Whether a storage that is served so has uploads that are admitted only later. */
export const hasPending = ({ operations }: Pick<ServedStorageOptions, 'operations'>): boolean =>
  operations.includes('direct') || operations.includes('tus');
