import { readFileSync } from 'node:fs';
import type { StorageService } from '../../../../src/storage/storage.service.js';
import type { Line } from '../children/doomed.js';

export type Value = string | null;

/** What each key may be after the process that has written `log` was killed, given what it was before. */
export function outcomes(log: string, before: ReadonlyMap<string, Value>): Map<string, readonly Value[]> {
  const possible = new Map<string, readonly Value[]>([...before].map(([key, value]) => [key, [value]]));
  for (const text of readFileSync(log, 'utf8').split('\n')) {
    if (text === '') continue;
    const { mark, key, value } = JSON.parse(text) as Line;
    const now = possible.get(key) ?? [null];
    possible.set(key, mark === '!' ? [value] : [...now, value]);
  }
  return possible;
}

/** The value that the object at `key` has; fails when its bytes and metadata are not of one value. */
export async function valueOf(storage: StorageService, key: string): Promise<Value> {
  if (!(await storage.exists(key))) return null;
  const { info, body } = await storage.get(key);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks).toString();
  const value = info.metadata?.value;
  if (value === undefined) throw new Error(`${key} has lost its metadata`);
  const part = `${value}:`;
  if (bytes !== part.repeat(value.endsWith('0') ? 20_000 : 50))
    throw new Error(`${key} is torn from ${value}`);
  return value;
}
