import { onAbort } from './abort.js';

const ignore = (): void => undefined;

/**
 * `work`, which does not know of the signal, or heeds it late.
 * @param late Takes what `work` comes to when nobody waits for it any more.
 * @throws the StorageError of the signal as soon as that aborts.
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  late: (value: T) => void = ignore,
): Promise<T> {
  if (!signal) return work;
  let release = ignore;
  const aborted = new Promise<never>((_, reject) => {
    release = onAbort(signal, (error) => {
      reject(error);
      work.then(late, ignore);
    });
  });
  return Promise.race([work, aborted]).finally(() => release());
}
