import type { Logger } from '@nestjs/common';
import type { StorageBackend } from '../core/backend.js';
import { describePlace } from '../core/place.js';

/** Says at the start where each storage keeps its objects, and which two keep them at one place. */
export class Places {
  private readonly told = new Map<string, { readonly name: string; readonly backend: StorageBackend }>();

  constructor(private readonly logger: Logger) {}

  tell(name: string, backend: StorageBackend): void {
    const where = describePlace(backend);
    this.logger.log(`Storage "${name}": ${where}`);
    if (backend.place === undefined) return;
    const other = this.told.get(where);
    // Who gives one backend to two storages means it.
    if (other && other.backend !== backend)
      this.logger.warn(
        `The storages "${other.name}" and "${name}" are at one place (${where}): each can overwrite and delete what the other stores`,
      );
    this.told.set(where, { name, backend });
  }
}
