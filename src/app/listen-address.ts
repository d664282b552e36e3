import { isIPv4, isIPv6 } from 'node:net';
import { StartError } from './start-error.js';

/** Where the server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads HOST (127.0.0.1) and PORT (3000; 0: any that is free). @throws StartError for a port that is none. */
export function listenAddress(host: string | undefined, port: string | undefined): ListenAddress {
  const text = port?.trim() || '3000';
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new StartError(`PORT is ${JSON.stringify(text)}: set it to a number from 0 to 65535`);
  return { host: host?.trim() || '127.0.0.1', port: Number(text) };
}

/** Whether only this machine reaches `host`: RFC 1122, 3.2.1.3, and RFC 4291, 2.5.3. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

/** `host` as a URL of this machine has it. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}
