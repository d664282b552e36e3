import { orLog } from '../errors/or-log.js';

/**
 * Removes what is not to stay, when the answer is decided already: it never fails, and what stays behind is logged.
 * @param what What the log calls it: `An uploaded file`. @param context Who logs it.
 */
export function removeOrLog(what: string, remove: () => Promise<void>, context?: string): Promise<void> {
  return orLog(`${what} could not be deleted`, remove, context);
}
