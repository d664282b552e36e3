import type { StorageBackend } from '../../../src/core/backend.js';

/** `backend`, of which a test replaces some members. */
export function altered(backend: StorageBackend, parts: Partial<StorageBackend>): StorageBackend {
  return new Proxy(backend, {
    get(target, name) {
      if (Object.hasOwn(parts, name)) return Reflect.get(parts, name) as unknown;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
