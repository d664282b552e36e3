import type { Provider } from '@nestjs/common';
import { moduleError } from './module-error.js';

const IMPORTED = Symbol('nestjs-stowage:imported');

/** Ends the start of an application that imports the class StorageModule itself. */
export const importedBare: Provider = {
  provide: IMPORTED,
  // Without dependencies, so that it fails before Nest has looked everywhere for the storage that somebody injects.
  useFactory: () => {
    throw moduleError(
      'the class itself is imported, which has no storage: ' +
        'import StorageModule.forRoot({ backend: … }), forRootAsync or fromConfig',
    );
  },
};

/** What an import with options has in its place: Nest puts the providers of a dynamic module over those of its class. */
export const imported: Provider = { provide: IMPORTED, useValue: true };
