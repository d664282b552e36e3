import { types } from 'node:util';
import { kindOf } from './check-shape.js';
import { StorageError } from './error.js';
import type { Layer, Operation } from './layer.js';

/**
 * What `layer` makes of `operation`. A function that makes a layer and was not called gives the layer; its caller
 * would take it for the result.
 * @throws StorageError INVALID_ARGUMENT (reason `config`) when it gives no promise; and what the layer throws.
 */
export function runLayer<T>(
  layer: Layer,
  operation: Operation,
  next: (operation: Operation) => Promise<T>,
): Promise<T> {
  const result: unknown = layer(operation, next);
  if (isPromise<T>(result)) return result;
  const name = layer.name === '' ? 'without a name' : `"${layer.name}"`;
  const advice =
    typeof result === 'function' ? 'pass what it gives when it is called' : 'return next(operation)';
  return Promise.reject(
    new StorageError('INVALID_ARGUMENT', `The layer ${name} gave ${kindOf(result)}, no promise: ${advice}`, {
      reason: 'config',
    }),
  );
}

function isPromise<T>(value: unknown): value is Promise<T> {
  if (types.isPromise(value)) return true;
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
