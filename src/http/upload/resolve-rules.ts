import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { FileScanner } from '../../scan/file-scanner.js';
import { httpError } from '../errors/http-error.js';
import type { OnStored, StoredHandler } from './on-stored.js';
import { storedEmitter, type EmitStored } from './stored-event.js';
import type { UploadRules } from './upload.options.js';

/** Rules whose classes were found: what is called is at hand. */
export type ResolvedRules<Rules extends UploadRules = UploadRules> = Omit<Rules, 'scanner' | 'onStored'> & {
  readonly scanner?: FileScanner | undefined;
  readonly onStored?: OnStored | undefined;
  /** Emits the event of a stored file, where the application has an emitter. */
  readonly emit?: EmitStored | undefined;
  /** Whether a key is one that no upload may have: where a storage keeps what is not admitted yet. */
  readonly hides?: ((key: string) => boolean) | undefined;
};

/**
 * `rules` with the providers of the application in place of their classes.
 * @param at Whose rules they are, for the message.
 * @throws StorageError INVALID_ARGUMENT (reason `config`) when no module provides a class.
 */
export async function resolveRules<Rules extends UploadRules>(
  at: string,
  rules: Rules,
  modules: ModuleRef,
): Promise<ResolvedRules<Rules>> {
  const { scanner, onStored } = rules;
  const find = <T>(option: string, type: Type<T>): T => {
    try {
      return modules.get<T>(type, { strict: false });
    } catch {
      throw httpError(
        `${option} of ${at} is the class ${type.name}, which no module provides: add it to the providers of one`,
      );
    }
  };
  return {
    ...rules,
    scanner: isClassWith<FileScanner>(scanner, 'scan') ? find('scanner', scanner) : scanner,
    onStored: isClassWith<StoredHandler>(onStored, 'onStored') ? bound(find('onStored', onStored)) : onStored,
    emit: await storedEmitter(modules),
  };
}

/** Whether it has the method of a FileScanner. */
export function isScanner(value: unknown): value is FileScanner {
  return typeof value === 'object' && value !== null && hasMethod(value, 'scan');
}

/** Whether it is a class whose instances have the method `name`. */
export function isClassWith<T>(value: unknown, name: keyof T & string): value is Type<T> {
  return typeof value === 'function' && hasMethod(value.prototype, name);
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof (value as Partial<Record<string, unknown>> | undefined)?.[name] === 'function';
}

function bound(handler: StoredHandler): OnStored {
  return (file, context) => handler.onStored(file, context);
}
