import { SetMetadata } from '@nestjs/common';
import type { HttpRequest } from '../message/http-request.js';
import type { ServedStorage, ServedStorages } from '../served-storages.js';
import type { Asked } from './asked.js';
import type { StorageHttpOperation } from './storage-operations.js';

const OPERATION = 'nestjs-stowage:http-operation';

/** Reads what a request asks for, where a small body says it: before it is decided whether that is allowed. */
export type Ask = (request: HttpRequest, served: ServedStorage, storages: ServedStorages) => Promise<Asked>;

interface Handled {
  readonly operation: StorageHttpOperation;
  readonly ask?: Ask | undefined;
}

/** Says what a handler does with the storage. @param ask What its body asks for. Default: nothing that matters to a decision. */
export function Operation(operation: StorageHttpOperation, ask?: Ask): MethodDecorator {
  return SetMetadata(OPERATION, { operation, ask } satisfies Handled);
}

/** What `handler` does with the storage. */
export function operationOf(handler: object): Handled {
  return Reflect.getMetadata(OPERATION, handler) as Handled;
}
