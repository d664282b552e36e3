import { createHash } from 'node:crypto';
import type { UploadedPart } from '../../../../src/core/part-store.js';

/** What an uploader has been told is done. */
export interface Told {
  readonly key: string;
  readonly id: string;
  readonly part?: UploadedPart | undefined;
  readonly completed?: true | undefined;
}

export const PARTS = 6;

/** Content that tells which key and part it is of. */
export const partOfKey = (key: string, number: number): Buffer =>
  Buffer.from(`${key} ${number};`.repeat(number === PARTS ? 10 : 8_000));

export const sumOfKey = (key: string): string => {
  const hash = createHash('sha256');
  for (let number = 1; number <= PARTS; number++) hash.update(partOfKey(key, number));
  return hash.digest('hex');
};
