import { SetMetadata } from '@nestjs/common';
import type { StorageHttpOperation } from './storage-operations.js';

const OPERATION = 'nestjs-stowage:http-operation';

/** Says what a handler does with the storage. */
export function Operation(operation: StorageHttpOperation): MethodDecorator {
  return SetMetadata(OPERATION, operation);
}

/** What `handler` does with the storage. */
export function operationOf(handler: object): StorageHttpOperation {
  return Reflect.getMetadata(OPERATION, handler) as StorageHttpOperation;
}
