import type { StorageService } from '../../storage/storage.service.js';
import type { Asked } from './asked.js';
import type { ServedStorage } from '../served-storages.js';

/** What a request was allowed: its storage, confined to the scope that `authorize` gave. */
export interface StorageAccess {
  readonly served: ServedStorage;
  readonly storage: StorageService;
  /** What `storage` is confined to, without a slash at its end; empty: nothing. */
  readonly scope: string;
  /** Whether a key is one of what is not admitted yet, which no route may reach. */
  readonly hides: (key: string) => boolean;
  /** What the option `principal` gave. */
  readonly principal: unknown;
  /** Of `get` and `delete`. */
  readonly key: string;
  /** What its small body asks for: of `presign` and `direct`. */
  readonly asked: Asked;
}

const accesses = new WeakMap<object, StorageAccess>();

/** Records what `request` was allowed. */
export function grantAccess(request: object, access: StorageAccess): void {
  accesses.set(request, access);
}

/** What `request` was allowed. Without StorageAccessGuard before it, this is a bug. */
export function accessOf(request: object): StorageAccess {
  const access = accesses.get(request);
  if (!access) throw new Error('The request was not authorized');
  return access;
}
