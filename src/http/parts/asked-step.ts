import type { Asked } from '../access/asked.js';
import { refusal } from '../errors/refuse.js';
import type { ServedStorage, ServedStorages } from '../served-storages.js';
import type { PartsStep } from './parts-request.js';

/**
 * A step, and what its ticket says, for the decision.
 * @throws StorageError PERMISSION_DENIED, reason `ticket`, for what was not sealed here; INVALID_ARGUMENT, reason `parts`, for a part
 * without a number.
 */
export function askedStep(
  step: PartsStep,
  { name: storage }: ServedStorage,
  { tickets }: ServedStorages,
): Asked {
  const { number } = step;
  if (step.action === 'part' && !(Number.isSafeInteger(number) && Number(number) >= 1))
    throw refusal('INVALID_ARGUMENT', 'A part has a number from 1 on', 'parts');
  const { key, name, contentType, size } = tickets.peek('parts', step.sealed, storage);
  return { key, file: { name, contentType, ...(size !== undefined && { size }) }, parts: step };
}
