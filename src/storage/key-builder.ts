import { randomUUID } from 'node:crypto';
import { extensionOf } from '../core/content-type.js';

/** What a new key is made of. */
export interface KeyParts {
  /** A tenant, a user or any prefix. Absent inside a scope, which is the group already. */
  readonly group?: string | undefined;
  /** The checked media type of the content. */
  readonly contentType?: string | undefined;
  readonly now: Date;
}

/** Makes the key of a new object. It should never hold a name that a user chose. */
export type KeyBuilder = (parts: KeyParts) => string;

/** `group/year/month/uuid.ext`, in UTC, the extension that of the content type. */
export const datedKey: KeyBuilder = ({ group, contentType, now }) => {
  const extension = contentType === undefined ? undefined : extensionOf(contentType);
  const month = String(now.getUTCMonth() + 1).padStart(2, '0');
  const name = extension === undefined ? randomUUID() : `${randomUUID()}.${extension}`;
  return [...(group === undefined ? [] : [group]), now.getUTCFullYear(), month, name].join('/');
};
