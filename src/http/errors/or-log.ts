import { Logger } from '@nestjs/common';

/**
 * Does what changes nothing any more of an answer that is decided: it never fails, and what it fails with is logged.
 * @param what What the log says that did not work. @param context Who logs it.
 */
export async function orLog(what: string, work: () => Promise<void>, context = 'StorageHttp'): Promise<void> {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    new Logger(context).error(`${what}: ${why}`);
  }
}
