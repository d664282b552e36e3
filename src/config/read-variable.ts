import type { Problems } from './problems.js';
import type { Variable } from './variable.js';

/** Gives the value of a variable, as `ConfigService.get` does. */
export type GetValue = (name: string) => unknown;

/**
 * The value of the variable `name`, or its default. Text, numbers and booleans are taken, text is
 * trimmed, and empty text means that it is not set. What is not allowed goes to `problems`.
 */
export function readVariable<T>(name: string, variable: Variable<T>, get: GetValue, problems: Problems): T {
  const value = get(name);
  const text = textOf(value);
  const source = text === '' ? variable.default : text;
  if (source === undefined && text === '') return undefined as T;
  const parsed = source === undefined ? undefined : variable.parse(source);
  if (parsed === undefined) problems.add(name, value, `pass ${variable.allowed}`, variable.secret);
  return parsed as T;
}

/** Whether `name` asks for something else than its default. */
export function isChanged(name: string, variable: Variable<unknown>, get: GetValue): boolean {
  const text = textOf(get(name));
  if (text === undefined || text === '') return false;
  return variable.default === undefined || variable.parse(text) !== variable.parse(variable.default);
}

/** Undefined for what is no plain value. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
