import { SCOPED, type CapabilityType, type ScopableCapability } from './capability.js';
import type { Call } from './call.js';
import { StorageError } from './error.js';
import type { OperationOptions } from './options.js';

type Perform = <T>(call: Call<T>) => Promise<T>;
type Method = (...args: unknown[]) => Promise<unknown>;

/** `target` with `perform` around each of its methods; `Function.length` tells which argument is the options. */
export function layeredCapability<T extends object>(type: CapabilityType<T>, target: T, perform: Perform): T {
  return new Proxy(target, {
    get(_, property) {
      const member: unknown = Reflect.get(target, property);
      if (property === SCOPED && typeof member === 'function') {
        return (prefix: string) =>
          layeredCapability(
            type,
            (member as ScopableCapability[typeof SCOPED]).call(target as T & ScopableCapability, prefix) as T,
            perform,
          );
      }
      if (typeof member !== 'function' || typeof property === 'symbol' || property in Object.prototype)
        return member;
      const method = member as Method;
      return (...args: unknown[]) => {
        const last = Math.max(0, method.length - 1);
        const options = optionsOf(args[last], `${type.name}.${property}`);
        const key = typeof args[0] === 'string' ? args[0] : '';
        const before = Array.from({ length: last }, (__, i) => args[i]);
        return perform({
          name: `${type.name}.${property}`,
          access: type.reads?.includes(property) ? 'read' : 'write',
          key,
          keys: key === '' ? [] : [key],
          signal: options.signal,
          perform: (signal) => Reflect.apply(method, target, [...before, { ...options, signal }]),
        });
      };
    },
  });
}

/** @throws StorageError INVALID_ARGUMENT for a method that does not declare its options, or declares them with a default. */
function optionsOf(value: unknown, method: string): OperationOptions {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value)))
    return value ?? {};
  throw new StorageError(
    'INVALID_ARGUMENT',
    `${method} takes its options last, and has to declare them without a default`,
  );
}
