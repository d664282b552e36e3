import { keyProblem } from '../core/key.js';
import { bucket, bucketOrPrefix } from './kinds.js';
import type { Problems } from './problems.js';
import { readVariable, type GetValue } from './read-variable.js';
import { variable } from './variable.js';
import { variablePart } from './variable-part.js';

/** The buckets that have a variable of their own in the table. */
const USUAL = ['documents', 'audio', 'images'];
/** A name is a part of a variable's name, of a path and of a key. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const NOTES = { doc: '', example: '' } as const;

/** Reports names that cannot be a folder and a part of a variable, or that mean the same one. */
export function checkNames(names: readonly string[], problems: Problems): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    if (!NAME.test(name)) {
      problems.add('The name of a storage', name, 'pass up to 63 letters, digits, hyphens and underscores');
    }
    const part = variablePart(name);
    const other = seen.get(part);
    if (other !== undefined) {
      problems.add('The name of a storage', name, `"${other}" has the same variables: name it differently`);
    }
    seen.set(part, name);
  }
}

/**
 * What `S3_BUCKET_<NAME>` is set to, by the name of the storage: with S3_BUCKET key prefixes that end
 * in no slash, otherwise buckets.
 */
export function readS3Places(
  names: readonly string[],
  whole: string | undefined,
  get: GetValue,
  problems: Problems,
): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  for (const name of new Set([...USUAL, ...names])) {
    const title = bucketVariable('S3', name);
    const value = readVariable(title, variable(bucketOrPrefix, { ...NOTES, group: 's3' }), get, problems);
    if (value === undefined) continue;
    const place = whole === undefined ? value : value.replace(/\/$/, '');
    if (whole === undefined && bucket.parse(place) === undefined) {
      problems.add(title, value, `S3_BUCKET is not set, so pass ${bucket.allowed}`);
    }
    const why = whole === undefined ? undefined : keyProblem(place);
    if (why !== undefined) problems.add(title, value, `pass a key prefix in S3_BUCKET (${why})`);
    places.set(name, place);
  }
  return places;
}

/** What `MINIO_BUCKET_<NAME>` is set to, by the name of the storage. */
export function readMinioBuckets(
  names: readonly string[],
  get: GetValue,
  problems: Problems,
): ReadonlyMap<string, string> {
  const buckets = new Map<string, string>();
  for (const name of new Set([...USUAL, ...names])) {
    const title = bucketVariable('MINIO', name);
    const value = readVariable(title, variable(bucket, { ...NOTES, group: 'minio' }), get, problems);
    if (value !== undefined) buckets.set(name, value);
  }
  return buckets;
}

/** Of what the environment says, where buckets are. */
interface Servers {
  readonly provider: 'local' | 's3' | 'minio';
  readonly s3: { readonly bucket: string | undefined; readonly buckets: ReadonlyMap<string, string> };
  readonly minio: { readonly buckets: ReadonlyMap<string, string> };
}

/** Reports which of the storages `names` have no bucket, when they are in S3 or MinIO. */
export function checkBuckets(
  { provider, s3, minio }: Servers,
  names: readonly string[],
  problems: Problems,
): void {
  if (provider === 'minio') {
    for (const name of names.filter((one) => !minio.buckets.has(one)))
      problems.addMissing(bucketVariable('MINIO', name), `the storage "${name}" has no bucket`);
  }
  const missing =
    provider === 's3' && s3.bucket === undefined ? names.filter((one) => !s3.buckets.has(one)) : [];
  if (missing.length === 0) return;
  const who = `the storage${missing.length > 1 ? 's' : ''} ${missing.map((name) => `"${name}"`).join(', ')}`;
  const own = missing.map((name) => bucketVariable('S3', name)).join(', ');
  problems.addMissing(
    'S3_BUCKET',
    `${who} ${missing.length > 1 ? 'have' : 'has'} no bucket: set it, or ${own}`,
  );
}

/** `S3_BUCKET_USER_FILES` of the storage `user-files`. */
export function bucketVariable(provider: 'S3' | 'MINIO', name: string): string {
  return `${provider}_BUCKET_${variablePart(name)}`;
}
