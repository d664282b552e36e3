import type { Kind } from './kinds.js';

/** The part of the configuration that a variable belongs to. */
export type VariableGroup = 'storage' | 'local' | 's3' | 'minio' | 'remote' | 'uploads';

/** What is told of a variable. */
export interface VariableNotes {
  readonly group: VariableGroup;
  /** One sentence for `.env.example` and docs/configuration.md. */
  readonly doc: string;
  /** A value for a developer's machine; empty: not set. */
  readonly example: string;
  /** Whether its value is kept out of every message. Default: false. */
  readonly secret?: boolean;
  /** Whether something acts upon it yet. Default: true. */
  readonly active?: boolean;
  /** What holds when it is not set, where that is no plain default. */
  readonly otherwise?: string;
}

/** A variable of the environment. */
export interface Variable<T> extends VariableNotes, Kind<T> {
  /** The text that holds when it is not set. */
  readonly default?: string;
}

/** A variable with a default. */
export function variable<T>(kind: Kind<T>, notes: VariableNotes & { readonly default: string }): Variable<T>;
/** A variable that may be missing. */
export function variable<T>(kind: Kind<T>, notes: VariableNotes): Variable<T | undefined>;
export function variable<T>(
  kind: Kind<T>,
  notes: VariableNotes & { readonly default?: string },
): Variable<T | undefined> {
  return { ...kind, ...notes };
}
