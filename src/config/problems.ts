import { StorageError } from '../core/error.js';

/** Collects what is wrong with an environment, so that all of it is told at once. */
export class Problems {
  private readonly lines: string[] = [];

  /** `name` has a `value` that is not allowed: `advice` says what to pass. */
  add(name: string, value: unknown, advice: string, secret = false): void {
    this.lines.push(`${name} is ${secret ? '***' : show(value)}: ${advice}`);
  }

  /** `name` is missing: `advice` says why it is needed. */
  addMissing(name: string, advice: string): void {
    // It is set, to something that is not allowed.
    if (this.lines.some((line) => line.startsWith(`${name} is `))) return;
    this.lines.push(`${name} is not set: ${advice}`);
  }

  /** @throws StorageError INVALID_ARGUMENT, reason `config`, when there are any. */
  throwIfAny(): void {
    const { length } = this.lines;
    if (length === 0) return;
    const title = `The configuration of the storages has ${length === 1 ? 'a problem' : `${length} problems`}:`;
    throw new StorageError('INVALID_ARGUMENT', [title, ...this.lines].join('\n  '), { reason: 'config' });
  }
}

/** A value for a message: without the credentials and the query of a URL, and not at any length. */
function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `a value of the type ${typeof value}`;
  // To the last @: a password may hold @ and / where somebody did not encode it.
  const masked = value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(/([?#]).*$/s, '$1***');
  return JSON.stringify(masked.length > 200 ? `${masked.slice(0, 200)}…` : masked);
}
