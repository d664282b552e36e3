import { randomUUID } from 'node:crypto';
import { isObject } from '../../../core/check-shape.js';
import { identify, isAlive, parseOwnerId } from '../../../core/process-identity.js';
import { proc } from '../../../core/proc.js';

/** Who has a lock, as it is written down. */
export interface LeaseText {
  /** As `newOwnerId` makes it. */
  readonly owner: string;
  /** Of this one lease. */
  readonly token: string;
  /** Whether somebody waits for it. */
  readonly wanted: boolean;
  /** Whether what it locked is done, and is not to be done again: nobody takes it any more. */
  readonly ended?: boolean | undefined;
}

/**
 * Another text each time: where a version is made of the content, a renewal has to change that, because others see it by the version
 * alone.
 */
export function writeLease({ owner, token, wanted, ended }: LeaseText): string {
  return JSON.stringify({ owner, token, wanted, ended, version: randomUUID() });
}

/** One that cannot be read is that of nobody who could be looked for. */
export function readLease(text: string): LeaseText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { owner, token, wanted, ended } = isObject(value) ? value : {};
  return { owner: String(owner), token: String(token), wanted: wanted === true, ended: ended === true };
}

/** Whether the process that has it is known to have ended: of another host or container nobody knows. */
export function isOfDead({ owner }: LeaseText): boolean {
  const other = parseOwnerId(owner);
  return other !== undefined && isAlive(proc, other, identify(proc)) === false;
}
