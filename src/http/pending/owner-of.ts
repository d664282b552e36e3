import { isObject, kindOf, show } from '../../core/check-shape.js';
import { httpError } from '../errors/http-error.js';

/** Names who calls, so that what one principal began no other one ends. The same for each request of a principal. */
export type OwnerOf = (principal: unknown) => string;

/**
 * Who calls, as text that tells principals apart: by `owner`, or, without it, a string or a number itself, of an object its `id` or
 * `sub`. Callers without a principal are one owner.
 * @throws StorageError INVALID_ARGUMENT (reason `config`) for anything else: the application has to pass `owner`.
 */
export function ownerOf(principal: unknown, owner: OwnerOf | undefined): string {
  if (owner) {
    const named: unknown = owner(principal);
    if (typeof named === 'string' && named !== '') return `named ${named}`;
    throw httpError(`owner gave ${show(named)}: return a text that names the principal`);
  }
  if (principal === undefined || principal === null) return 'anonymous';
  const id = isObject(principal) ? (principal.id ?? principal.sub) : principal;
  if ((typeof id === 'string' && id !== '') || typeof id === 'number') return `${typeof id} ${id}`;
  throw httpError(
    `the principal is ${kindOf(principal)}${isObject(principal) ? ' without id and sub' : ''}, so nobody knows whose an upload is: ` +
      'pass owner: (principal) => …',
  );
}
