import type { StoredContext } from './on-stored.js';
import type { ResolvedRules } from './resolve-rules.js';
import type { StoredFile } from './stored-file.js';

/** Calls `onStored` for one file after the other, and emits their events when it has taken all. @throws What it throws. */
export async function announceStored(
  files: readonly StoredFile[],
  context: StoredContext,
  { onStored, emit }: Pick<ResolvedRules, 'onStored' | 'emit'>,
): Promise<void> {
  if (onStored) for (const file of files) await onStored(file, context);
  if (emit) for (const file of files) emit({ file, ...context });
}
