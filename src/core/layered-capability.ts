import { SCOPED, type CapabilityType, type ScopableCapability } from './capability.js';
import type { Call } from './call.js';
import { StorageError } from './error.js';
import type { OperationOptions } from './options.js';

type Perform = <T>(call: Call<T>) => Promise<T>;
type Method = (...args: unknown[]) => Promise<unknown>;

/** `target` with `perform` around each of its methods; `Function.length` tells which argument is the options. */
export function layeredCapability<T extends object>(type: CapabilityType<T>, target: T, perform: Perform): T {
  const layered = new Map<string, { readonly of: unknown; readonly method: Method }>();
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
      const known = layered.get(property);
      if (known?.of === member) return known.method;
      const method = layeredMethod(type, target, property, member as Method, perform);
      layered.set(property, { of: member, method });
      return method;
    },
  });
}

function layeredMethod(
  type: CapabilityType,
  target: object,
  property: string,
  method: Method,
  perform: Perform,
): Method {
  const name = `${type.name}.${property}`;
  const access = type.reads?.includes(property) ? 'read' : 'write';
  const last = Math.max(0, method.length - 1);
  return (...args) => {
    const options = optionsOf(args[last], name);
    const key = typeof args[0] === 'string' ? args[0] : '';
    return perform({
      name,
      access,
      key,
      keys: key === '' ? [] : [key],
      signal: options.signal,
      perform: (signal) => {
        const passed = args.slice(0, last);
        // Also behind arguments that were left out.
        passed[last] = { ...options, signal };
        return Reflect.apply(method, target, passed);
      },
    });
  };
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
