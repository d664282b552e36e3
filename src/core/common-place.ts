import type { StorageBackend } from './backend.js';

/** Two keys of one place, as the backend that reaches both names them. */
export interface CommonPlace {
  readonly backend: StorageBackend;
  readonly from: string;
  readonly to: string;
}

/** `from` of `source` and `to` of `target` where both keep their objects in one place, so that it can copy by itself. */
export function commonPlace(
  source: StorageBackend,
  from: string,
  target: StorageBackend,
  to: string,
): CommonPlace | undefined {
  const there = bottom(source, from);
  const here = bottom(target, to);
  const same = here.backend === there.backend || here.backend.isSamePlace?.(there.backend);
  return same ? { backend: here.backend, from: there.key, to: here.key } : undefined;
}

/** The backend beneath all prefixes, and what it calls `key`. */
function bottom(
  backend: StorageBackend,
  key: string,
): { readonly backend: StorageBackend; readonly key: string } {
  const { beneath } = backend;
  return beneath ? bottom(beneath.backend, beneath.prefix + key) : { backend, key };
}
