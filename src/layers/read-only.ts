import { StorageError } from '../core/error.js';
import type { Layer } from '../core/layer.js';

/** Refuses whatever may change what is stored, with PERMISSION_DENIED and the reason `read-only`. */
export const readOnly: Layer = async (operation, next) => {
  if (operation.access !== 'read') {
    throw new StorageError('PERMISSION_DENIED', 'The storage is read-only', { reason: 'read-only' });
  }
  return next(operation);
};
