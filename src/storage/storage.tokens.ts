import { Inject } from '@nestjs/common';
import { StorageService } from './storage.service.js';

/** The name of the storage that is meant when none is given. */
export const DEFAULT_STORAGE = 'default';

/** Injects the backend of the default storage, with its layers around it. */
export const STORAGE_BACKEND: unique symbol = Symbol.for('nestjs-stowage:backend');

/** The token of the storage `name`: the class StorageService for the default one. */
export function getStorageToken(name: string = DEFAULT_STORAGE): typeof StorageService | symbol {
  return name === DEFAULT_STORAGE ? StorageService : Symbol.for(`nestjs-stowage:storage:${name}`);
}

/** The token of the layered backend of the storage `name`: STORAGE_BACKEND for the default one. */
export function getBackendToken(name: string = DEFAULT_STORAGE): symbol {
  return name === DEFAULT_STORAGE ? STORAGE_BACKEND : Symbol.for(`nestjs-stowage:backend:${name}`);
}

/** Injects the StorageService of the storage `name`; without a name, of the default one. */
export const InjectStorage = (name?: string): ReturnType<typeof Inject> => Inject(getStorageToken(name));
