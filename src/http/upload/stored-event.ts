import { Logger } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { StoredContext } from './on-stored.js';
import type { StoredFile } from './stored-file.js';

/** The name of the event that `@nestjs/event-emitter` emits for each file that is stored, with a StorageStoredEvent. */
export const STORAGE_STORED_EVENT = 'storage.stored';

/** What a listener of STORAGE_STORED_EVENT gets. */
export interface StorageStoredEvent extends StoredContext {
  readonly file: StoredFile;
}

/** Tells the listeners. Never fails. */
export type EmitStored = (event: StorageStoredEvent) => void;

/** The emitter of the application, or nothing where it has no EventEmitterModule, or not even the package. */
export async function storedEmitter(modules: ModuleRef): Promise<EmitStored | undefined> {
  try {
    const { EventEmitter2 } = await import('@nestjs/event-emitter');
    const emitter = modules.get(EventEmitter2, { strict: false });
    return (event) => {
      try {
        emitter.emit(STORAGE_STORED_EVENT, event);
      } catch (error) {
        const stack = error instanceof Error ? error.stack : String(error);
        new Logger('StorageHttp').error(`A listener of ${STORAGE_STORED_EVENT} failed`, stack);
      }
    };
  } catch {
    return undefined;
  }
}
