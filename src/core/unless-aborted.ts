import { onAbort } from './abort.js';

/** `work`, which does not know of the signal. @throws the StorageError of the signal as soon as that aborts. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let release = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    release = onAbort(signal, reject);
  });
  return Promise.race([work, aborted]).finally(() => release());
}
