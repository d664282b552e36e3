/** Whether `value` can have named members: no array, no null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of what kind a value is, and nothing of what is in it: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A plain value as it is written in code, of any other its kind. Not for what may be a secret: see `kindOf`. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

/** @throws what `fail` makes of the names in `options`, which `at` names, that are not among `known`. */
export function assertKnown(
  at: string,
  options: object,
  known: readonly string[],
  fail: (message: string) => Error,
): void {
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw fail(`${at} has no option ${unknown.join(', ')}: its options are ${known.join(', ')}`);
}
