/** One call of a storage, as layers see it. */
export interface Operation {
  /** `put`, `get` … or, of a capability, `S3Versioning.list`. */
  readonly name: string;
  /** Whether it may change what is stored. */
  readonly access: 'read' | 'write';
  /** The key; of a copy its source, of a batch its first key, of a list its prefix. */
  readonly key: string;
  /** All keys that it names: of a copy source and destination, of a batch each one, of a list none. */
  readonly keys: readonly string[];
  /** The name of the storage. */
  readonly storage: string;
  /** In a scope the prefix to which `key` is relative, with its slash; else ''. For operators: callers do not see it. */
  readonly scope: string;
  /** The kind of its backend. */
  readonly backend: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Code that runs around every operation. It may wait, measure, refuse or cancel (by passing on
 * another signal); it never changes keys, bodies or results. It ends when the operation's promise
 * settles: the body of a `get` is read after that and ends with the caller's own signal.
 */
export type Layer = <T>(operation: Operation, next: (operation: Operation) => Promise<T>) => Promise<T>;
