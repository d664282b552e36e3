import type { FieldPath } from './field-path.js';
import { badForm } from './form-refusal.js';

/** A field of text. */
export interface FormField {
  readonly path: FieldPath;
  readonly value: string;
}

type Group = Record<string | number, unknown>;

/**
 * The fields of a form as `request.body` has them, in objects without a prototype. A name that comes again makes a list.
 * @throws StorageError INVALID_ARGUMENT for a name that has a value and a group, as `a` and `a[b]`.
 */
export function formBody(fields: readonly FormField[]): object {
  const body = group();
  for (const { path, value } of fields) {
    const [first, ...rest] = path.keys;
    let at = body;
    let key: string | number = first;
    for (const next of rest) {
      at = at[key] = inner(at[key], typeof next === 'number');
      key = next;
    }
    at[key] = joined(at[key], value, path.append);
  }
  closeGaps(body);
  return body;
}

function group(): Group {
  return Object.create(null) as Group;
}

function inner(there: unknown, isList: boolean): Group {
  if (there === undefined) return isList ? ([] as unknown as Group) : group();
  if (typeof there !== 'object' || there === null) throw mixed();
  // A list in which a name turns up is none.
  return Array.isArray(there) && !isList ? Object.assign(group(), there) : (there as Group);
}

function joined(there: unknown, value: string, append: boolean): unknown {
  if (there === undefined) return append ? [value] : value;
  if (typeof there === 'string') return [there, value];
  if (!Array.isArray(there)) throw mixed();
  there.push(value);
  return there;
}

/** A list with places that nobody filled is longer than what was sent, and what copies it skips them. */
function closeGaps(body: Group): void {
  const open: object[] = [body];
  for (let at = open.pop(); at; at = open.pop()) {
    const values = Object.values(at) as unknown[];
    if (Array.isArray(at) && values.length < at.length) at.splice(0, at.length, ...values);
    for (const value of values) if (typeof value === 'object' && value !== null) open.push(value);
  }
}

function mixed(): Error {
  return badForm('The name of a field is used for a value and for a group of values');
}
