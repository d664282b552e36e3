import { badForm } from './form-refusal.js';
import type { FormBounds } from './form-bounds.js';

/** Where the value of a field stands in the body: `a[b][0][]` is at `a`, `b`, 0, and `[]` adds to a list there. */
export interface FieldPath {
  readonly keys: readonly [string, ...(string | number)[]];
  readonly append: boolean;
}

/** A list has as many places as its largest index says. */
const MAX_INDEX = 1000;
const NESTED = /^([^[]+)((?:\[[^\]]+\])*)(\[\])?$/;
/** Copied without care, they change what all objects have. */
const PROTOTYPE = /(?:^|[[\]])(?:__proto__|constructor|prototype)(?:$|[[\]])/;

/**
 * Reads the name of a field as multer does: one that is not well nested is a plain name.
 * @throws StorageError INVALID_ARGUMENT for a name that is too deep, has too large an index, or is one of prototypes.
 */
export function fieldPath(name: string, { fieldNesting }: Pick<FormBounds, 'fieldNesting'>): FieldPath {
  if (PROTOTYPE.test(name)) throw badForm('The name of a field is not valid');
  if (name.split('[').length - 1 > fieldNesting) throw badForm('The name of a field is nested too deeply');
  const found = NESTED.exec(name);
  if (!found) return { keys: [name], append: false };
  const [, first = name, groups = '', append] = found;
  const inner = [...groups.matchAll(/\[([^\]]+)\]/g)].map(([, key = '']) => keyOf(key));
  return { keys: [first, ...inner], append: append !== undefined };
}

function keyOf(text: string): string | number {
  if (!/^\d+$/.test(text)) return text;
  const index = Number(text);
  if (index > MAX_INDEX) throw badForm('The name of a field has too large an index');
  return index;
}
