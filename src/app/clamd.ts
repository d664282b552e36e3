import type { ConfigService } from '@nestjs/config';
import { StorageError } from '../core/error.js';
import { ClamdScanner } from '../http/index.js';
import { StartError } from './start-error.js';

/**
 * The scanner that CLAMD_SOCKET, or CLAMD_HOST and CLAMD_PORT, name. Without them nothing is scanned.
 * @throws StartError for variables that are none.
 */
export function clamd(config: ConfigService): ClamdScanner | undefined {
  const read = (name: string): string | undefined => config.get<string>(name)?.trim() || undefined;
  const [host, port, socketPath] = [read('CLAMD_HOST'), read('CLAMD_PORT'), read('CLAMD_SOCKET')];
  if (host === undefined && port === undefined && socketPath === undefined) return undefined;
  try {
    return new ClamdScanner({
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port: Number(port) }),
      ...(socketPath !== undefined && { socketPath }),
    });
  } catch (error) {
    if (!StorageError.is(error, 'INVALID_ARGUMENT')) throw error;
    throw new StartError(`CLAMD_HOST, CLAMD_PORT or CLAMD_SOCKET is wrong: ${error.message}`);
  }
}
