import { setTimeout as sleep } from 'node:timers/promises';

/** A pause in milliseconds. It ends early with the signal, which the next try heeds. */
export async function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { ...(signal && { signal }) });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
