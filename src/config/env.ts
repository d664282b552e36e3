import { checkKeyPair, endpointUrl, uploadSize } from './combine.js';
import { checkBuckets, checkNames, readMinioBuckets, readS3Places } from './named-buckets.js';
import { readCdnUrls } from './named-urls.js';
import { Problems } from './problems.js';
import { isChanged, readVariable, type GetValue } from './read-variable.js';
import type { Variable } from './variable.js';
import { VARIABLES } from './variables.js';

type Table = typeof VARIABLES;
type Values = { readonly [K in keyof Table]: Table[K] extends Variable<infer T> ? T : never };

/** A service that speaks S3. */
export interface RemoteEnv {
  /** A URL. Absent: AWS. */
  readonly endpoint: string | undefined;
  readonly accessKey: string | undefined;
  readonly secretKey: string | undefined;
  readonly region: string;
  /** By the name of the storage: its bucket, or with `bucket` its prefix in that one. */
  readonly buckets: ReadonlyMap<string, string>;
}

/** What the environment says of the storages, checked. It holds secrets: do not log it. */
export interface StorageEnv {
  readonly provider: 'local' | 's3' | 'minio';
  readonly local: { readonly root: string; readonly durability: 'full' | 'rename' };
  readonly s3: RemoteEnv & {
    readonly bucket: string | undefined;
    readonly forcePathStyle: boolean | undefined;
    readonly profile: string | undefined;
  };
  readonly minio: RemoteEnv;
  readonly signingSecret: string | undefined;
  readonly publicUrl: string | undefined;
  /** By the name of the storage: where anyone reads its objects. */
  readonly cdnUrls: ReadonlyMap<string, string>;
  readonly connectTimeoutMs: number | undefined;
  readonly idleTimeoutMs: number | undefined;
  readonly maxSockets: number | undefined;
  readonly createBuckets: boolean;
  /** Seconds. */
  readonly presignedUrlExpiry: number;
  /** Bytes. */
  readonly maxMultipartSize: number;
  /** Bytes. */
  readonly maxTransferMemory: number | undefined;
  readonly encryption: boolean;
  readonly retentionDays: number | undefined;
  /** The largest upload, in bytes. */
  readonly maxUploadSize: number;
  /** The variables that ask for what nothing acts upon yet, but for those of a provider that was not chosen. */
  readonly inactive: readonly string[];
}

/**
 * Reads the variables of the environment by `get`, those of the buckets and the CDNs of the storages `names` too.
 * @throws StorageError INVALID_ARGUMENT, reason `config`: one error for all that is wrong, without any secret.
 */
export function readEnv(get: GetValue, names: readonly string[] = []): StorageEnv {
  const problems = new Problems();
  checkNames(names, problems);
  const v = readTable(get, problems);
  checkServers(v, problems);
  const env: StorageEnv = {
    provider: v.STORAGE_PROVIDER,
    local: { root: v.STORAGE_LOCAL_ROOT, durability: v.STORAGE_DURABILITY },
    s3: {
      endpoint: endpointUrl(['S3_ENDPOINT', v.S3_ENDPOINT], ['S3_USE_SSL', v.S3_USE_SSL], problems),
      accessKey: v.S3_ACCESS_KEY,
      secretKey: v.S3_SECRET_KEY,
      region: v.S3_REGION,
      bucket: v.S3_BUCKET,
      buckets: readS3Places(names, v.S3_BUCKET, get, problems),
      forcePathStyle: v.S3_FORCE_PATH_STYLE,
      profile: v.S3_PROFILE,
    },
    minio: {
      endpoint: endpointUrl(['MINIO_ENDPOINT', v.MINIO_ENDPOINT], ['MINIO_SECURE', v.MINIO_SECURE], problems),
      accessKey: v.MINIO_ACCESS_KEY,
      secretKey: v.MINIO_SECRET_KEY,
      region: v.MINIO_REGION,
      buckets: readMinioBuckets(names, get, problems),
    },
    signingSecret: v.STORAGE_SIGNING_SECRET,
    publicUrl: v.STORAGE_PUBLIC_URL,
    cdnUrls: readCdnUrls(names, v.STORAGE_CDN_URL, get, problems),
    connectTimeoutMs: v.STORAGE_CONNECT_TIMEOUT_MS,
    idleTimeoutMs: v.STORAGE_IDLE_TIMEOUT_MS,
    maxSockets: v.STORAGE_MAX_SOCKETS,
    createBuckets: v.STORAGE_CREATE_BUCKETS,
    presignedUrlExpiry: v.STORAGE_PRESIGNED_URL_EXPIRY,
    maxMultipartSize: v.STORAGE_MAX_MULTIPART_SIZE,
    maxTransferMemory: v.STORAGE_MAX_TRANSFER_MEMORY,
    encryption: v.ENABLE_STORAGE_ENCRYPTION,
    retentionDays: v.STORAGE_RETENTION_DAYS,
    maxUploadSize: uploadSize(v.MAX_UPLOAD_SIZE, v.MAX_FILE_SIZE_MB, problems),
    inactive: inactiveNames(v.STORAGE_PROVIDER, get),
  };
  checkBuckets(env, names, problems);
  problems.throwIfAny();
  return env;
}

function checkServers(v: Values, problems: Problems): void {
  checkKeyPair(['S3_ACCESS_KEY', v.S3_ACCESS_KEY], ['S3_SECRET_KEY', v.S3_SECRET_KEY], problems);
  checkKeyPair(['MINIO_ACCESS_KEY', v.MINIO_ACCESS_KEY], ['MINIO_SECRET_KEY', v.MINIO_SECRET_KEY], problems);
  if (v.STORAGE_PROVIDER === 'minio' && v.MINIO_ENDPOINT === undefined) {
    problems.addMissing(
      'MINIO_ENDPOINT',
      'STORAGE_PROVIDER is minio, so pass http://host:port of the server, or https://',
    );
  }
}

function readTable(get: GetValue, problems: Problems): Values {
  // The buckets of names are read with those of the other names.
  const single = entries().filter(([name]) => !/_BUCKET_/.test(name));
  return Object.fromEntries(
    single.map(([name, variable]) => [name, readVariable(name, variable, get, problems)]),
  ) as Values;
}

/** What concerns only a provider that was not chosen is not missed. */
function inactiveNames(provider: StorageEnv['provider'], get: GetValue): string[] {
  const others: readonly string[] = provider === 'local' ? ['s3', 'minio', 'remote'] : [];
  return entries()
    .filter(([, { active = true, group }]) => !active && !others.includes(group))
    .filter(([name, variable]) => isChanged(name, variable, get))
    .map(([name]) => name);
}

function entries(): [string, Variable<unknown>][] {
  return Object.entries(VARIABLES);
}
