import { assertKnown, isObject, kindOf, show } from '../core/check-shape.js';
import { StorageError } from '../core/error.js';
import { MAX_TIMER_MS } from '../core/max-timer.js';
import type { ClamdAddress } from './clamd-connection.js';
import type { ClamdOptions } from './clamd.options.js';

const OPTIONS: readonly (keyof ClamdOptions)[] = ['host', 'port', 'socketPath', 'connectTimeoutMs'];

/** What `given` comes to. @throws StorageError INVALID_ARGUMENT (reason `config`). */
export function checkClamdOptions(given: ClamdOptions): {
  readonly address: ClamdAddress;
  readonly connectTimeoutMs: number;
} {
  if (!isObject(given)) throw clamdError(`the options are ${kindOf(given)}: pass { host, port }`);
  const options: ClamdOptions = given;
  assertKnown('it', options, OPTIONS, clamdError);
  const { host = '127.0.0.1', port = 3310, socketPath, connectTimeoutMs = 5_000 } = options;
  if (!(Number.isSafeInteger(connectTimeoutMs) && connectTimeoutMs >= 1 && connectTimeoutMs <= MAX_TIMER_MS))
    throw clamdError(`connectTimeoutMs is ${show(connectTimeoutMs)}: pass milliseconds, 1 or more`);
  if (socketPath !== undefined) {
    if (options.host !== undefined || options.port !== undefined)
      throw clamdError('there are both a socketPath and a host or port: pass one of them');
    if (typeof socketPath !== 'string' || socketPath === '')
      throw clamdError(`socketPath is ${show(socketPath)}: pass the path of its LocalSocket`);
    return { address: { path: socketPath }, connectTimeoutMs };
  }
  if (typeof host !== 'string' || host === '')
    throw clamdError(`host is ${show(host)}: pass a name or an address`);
  if (!(Number.isSafeInteger(port) && port >= 1 && port <= 65_535))
    throw clamdError(`port is ${show(port)}: pass a number from 1 to 65535`);
  return { address: { host, port }, connectTimeoutMs };
}

function clamdError(message: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', `ClamdScanner: ${message}`, { reason: 'config' });
}
