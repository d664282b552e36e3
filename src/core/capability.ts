/**
 * A class used as the key of a feature that only some backends have: `storage.as(S3Versioning)`.
 *
 * Its methods are asynchronous. Each declares its options last and without a default value
 * (`list(key: string, options?: OperationOptions)`), so that layers can pass on a signal.
 */
export type CapabilityType<T extends object = object> = (abstract new (...args: never) => T) & {
  /** The methods that change nothing: a read-only storage permits these alone. */
  readonly reads?: readonly string[];
};

/** The name of the method by which a capability gives a copy of itself that is confined to a key prefix. */
export const SCOPED: unique symbol = Symbol.for('nestjs-stowage.scoped');

/** A capability that can be confined. One that is not is UNSUPPORTED in a scoped storage. */
export interface ScopableCapability<T extends object = object> {
  /** All keys in and out are relative to `prefix`, which ends in `/`; nothing outside can be named or seen. */
  [SCOPED](prefix: string): T;
}
