import { bucketVariable } from './named-buckets.js';
import { cdnVariable } from './named-urls.js';
import { VARIABLES } from './variables.js';

const OURS = /^(?:STORAGE|S3|MINIO)_[A-Z0-9_]+$/;
/** Changes of one character, or exchanges of two neighbours, that make a name a slip of another. */
const SLIPS = 2;
/** What the SDK of AWS calls what is shorter here. */
const FOREIGN: Readonly<Record<string, string>> = {
  S3_ACCESS_KEY_ID: 'S3_ACCESS_KEY',
  S3_SECRET_ACCESS_KEY: 'S3_SECRET_KEY',
};

/** A variable that nothing reads, and the one that was probably meant. */
export interface Misnamed {
  readonly name: string;
  readonly meant: string;
}

/**
 * Those of the variables `set` that seem to be ours and are not: slips of a name that is read, for `provider` and the
 * storages `names`. What is further off belongs to somebody else.
 */
export function misnamed(
  set: readonly string[],
  provider: 'local' | 's3' | 'minio',
  names: readonly string[],
): readonly Misnamed[] {
  const named = names.flatMap((name) => [
    bucketVariable('S3', name),
    bucketVariable('MINIO', name),
    cdnVariable(name),
  ]);
  const known = new Set([...Object.keys(VARIABLES), ...named]);
  const others = { local: /^(?:S3|MINIO)_/, s3: /^MINIO_/, minio: /^S3_/ }[provider];
  const near = [...known].filter((name) => OURS.test(name) && !others.test(name));
  return set
    .filter((name) => OURS.test(name) && !known.has(name) && !others.test(name))
    .flatMap((name) => {
      const foreign = FOREIGN[name];
      const meant = foreign ?? near.find((one) => isSlip(name, one));
      // Whoever has both has both on purpose.
      return meant === undefined || (foreign !== undefined && set.includes(foreign)) ? [] : [{ name, meant }];
    });
}

/** Whether at most SLIPS characters were left out, added, changed or exchanged with their neighbour (optimal string alignment). */
function isSlip(name: string, other: string): boolean {
  if (Math.abs(name.length - other.length) > SLIPS) return false;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= name.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = name[i - 1] === other[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && name[i - 1] === other[j - 2] && name[i - 2] === other[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[other.length]! <= SLIPS;
}
