import { Logger } from '@nestjs/common';

/**
 * Removes what is not to stay, when the answer is decided already: it never fails, and what stays behind is logged.
 * @param what What the log calls it: `An uploaded file`. @param context Who logs it.
 */
export async function removeOrLog(
  what: string,
  remove: () => Promise<void>,
  context = 'StorageHttp',
): Promise<void> {
  try {
    await remove();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    new Logger(context).error(`${what} could not be deleted: ${why}`);
  }
}
