/** Milliseconds that a failed operation waits for its clean-up, which goes on behind it; a shutdown waits as long. */
export const CLEAN_UP_MS = 3_000;
