import type { Layer } from '../../src/core/layer.js';

/** The change of a storage, counted from 1, at which a process kills itself. */
export interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** A layer in which this process dies, as by `kill -9`. Without `death` it counts nothing. */
export function dying(death: Death | undefined): Layer {
  let changes = 0;
  const die = (): Promise<never> => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  };
  return async (operation, next) => {
    if (!death || operation.access !== 'write') return next(operation);
    if (death.when === 'before') return ++changes === death.at ? die() : next(operation);
    const result = await next(operation);
    // What the storage has refused is no change.
    return ++changes === death.at ? die() : result;
  };
}
