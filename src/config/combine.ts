import type { Endpoint } from './kinds.js';
import type { Problems } from './problems.js';

const MIB = 1024 ** 2;
const DEFAULT_MAX_UPLOAD_SIZE = 100 * MIB;

/** The URL of `endpoint`; TLS unless its scheme or `secure` says otherwise. They must not contradict each other. */
export function endpointUrl(
  [name, endpoint]: readonly [string, Endpoint | undefined],
  [flagName, secure]: readonly [string, boolean | undefined],
  problems: Problems,
): string | undefined {
  if (endpoint === undefined) return undefined;
  if (secure !== undefined && endpoint.secure !== undefined && secure !== endpoint.secure) {
    const scheme = endpoint.secure ? 'https' : 'http';
    const advice = `${name} begins with ${scheme}://, so pass ${endpoint.secure} or leave one of the two out`;
    problems.add(flagName, secure, advice);
  }
  return `${(endpoint.secure ?? secure ?? true) ? 'https' : 'http'}://${endpoint.host}`;
}

/** Bytes. Default: 104,857,600. */
export function uploadSize(bytes: number | undefined, mib: number | undefined, problems: Problems): number {
  if (bytes !== undefined && mib !== undefined && bytes !== mib * MIB) {
    const advice = `that is ${mib * MIB} bytes, and MAX_UPLOAD_SIZE is ${bytes}: set one of the two`;
    problems.add('MAX_FILE_SIZE_MB', mib, advice);
  }
  return bytes ?? (mib === undefined ? DEFAULT_MAX_UPLOAD_SIZE : mib * MIB);
}

/** Reports one half of a key without the other. Without both the credentials come from where the SDK looks for them. */
export function checkKeyPair(
  [idName, id]: readonly [string, string | undefined],
  [secretName, secret]: readonly [string, string | undefined],
  problems: Problems,
): void {
  if ((id === undefined) === (secret === undefined)) return;
  const [missing, present] = id === undefined ? [idName, secretName] : [secretName, idName];
  problems.addMissing(missing, `${present} is, and one is of no use without the other: set both or neither`);
}
