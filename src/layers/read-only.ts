import { StorageError } from '../core/error.js';
import { makesLayers } from '../core/layer-factory.js';
import type { Layer } from '../core/layer.js';

/** Refuses whatever may change what is stored, with PERMISSION_DENIED and the reason `read-only`. */
export function readOnly(): Layer {
  return async (operation, next) => {
    if (operation.access === 'read') return next(operation);
    throw new StorageError('PERMISSION_DENIED', 'The storage is read-only', { reason: 'read-only' });
  };
}
makesLayers(readOnly);
