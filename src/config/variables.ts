import { PROFILE_NAMES } from '../backends/s3/profiles/profile-names.js';
import { MAX_TIMER_MS } from '../core/max-timer.js';
import {
  bucket,
  bucketOrPrefix,
  endpoint,
  flag,
  integer,
  oneOf,
  region,
  signingSecret,
  text,
  webUrl,
} from './kinds.js';
import { variable, type Variable } from './variable.js';

const MAX_BYTES = Number.MAX_SAFE_INTEGER;
/** Of SigV4, seven days: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
const MAX_EXPIRY_S = 604_800;
/** Of an object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_OBJECT_BYTES = 50 * 1024 ** 4;
/** Of S3, the smallest part: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 ** 2;
const SCHEME = 'the scheme of the endpoint, or true';

const s3Bucket = (name: string): Variable<string | undefined> =>
  variable(bucketOrPrefix, {
    group: 's3',
    doc: `Where the storage \`${name}\` is: a bucket, or with S3_BUCKET a key prefix in it.`,
    example: name,
    otherwise: `with S3_BUCKET the prefix \`${name}\``,
  });

const minioBucket = (name: string): Variable<string | undefined> =>
  variable(bucket, {
    group: 'minio',
    doc: `The bucket of the storage \`${name}\`.`,
    example: name,
  });

/**
 * Every variable that is read, but for S3_BUCKET_<NAME> and MINIO_BUCKET_<NAME> of other names, and STORAGE_CDN_URL_<NAME>.
 * What is parsed, said in messages, and written in `.env.example` and docs/configuration.md comes from here.
 */
export const VARIABLES = {
  STORAGE_PROVIDER: variable(oneOf('local', 's3', 'minio'), {
    group: 'storage',
    doc: 'Where objects are kept.',
    example: 'local',
    default: 'local',
  }),
  STORAGE_SIGNING_SECRET: variable(signingSecret, {
    group: 'storage',
    doc: 'Signs the URLs of storages on disk.',
    example: '',
    secret: true,
    otherwise: 'they sign no URLs',
  }),
  STORAGE_PUBLIC_URL: variable(webUrl, {
    group: 'storage',
    doc: 'The URL at which clients reach the application: signed URLs of storages on disk begin with it.',
    example: '',
    otherwise: 'they sign no URLs',
  }),
  STORAGE_CDN_URL: variable(webUrl, {
    group: 'storage',
    doc: 'Where anyone reads the objects of the default storage, such as a CDN: `publicUrl` begins with it. Of a storage with a name it is STORAGE_CDN_URL_<NAME>.',
    example: '',
    otherwise: 'it has no public URLs',
  }),
  STORAGE_PRESIGNED_URL_EXPIRY: variable(integer(1, MAX_EXPIRY_S, 'seconds'), {
    group: 'storage',
    doc: 'How long a signed URL is valid unless the call says it, in seconds.',
    example: '900',
    default: '900',
  }),
  STORAGE_MAX_MULTIPART_SIZE: variable(integer(1, MAX_OBJECT_BYTES, 'bytes'), {
    group: 'storage',
    doc: 'The largest content that goes to S3 in one request, in bytes: what is larger goes in parts, as long streams do.',
    example: '104857600',
    default: '104857600',
  }),
  STORAGE_MAX_TRANSFER_MEMORY: variable(integer(MIN_PART_BYTES, MAX_BYTES, 'bytes'), {
    group: 'storage',
    doc: 'Memory in which all uploads of the application wait to be stored, in bytes.',
    example: '134217728',
    otherwise: '134217728',
  }),
  ENABLE_STORAGE_ENCRYPTION: variable(flag, {
    group: 'storage',
    doc: 'Whether objects are encrypted at rest.',
    example: 'false',
    default: 'false',
    active: false,
  }),
  STORAGE_RETENTION_DAYS: variable(integer(1, 36_500, 'days'), {
    group: 'storage',
    doc: 'Days that objects are kept.',
    example: '',
    otherwise: 'without end',
    active: false,
  }),
  STORAGE_LOCAL_ROOT: variable(text('a path'), {
    group: 'local',
    doc: 'The folder of the default storage; a storage with a name has a folder of that name in it.',
    example: './data',
    default: './data',
  }),
  STORAGE_DURABILITY: variable(oneOf('full', 'rename'), {
    group: 'local',
    doc: 'What an object survives once it is stored: `full` a loss of power, `rename` the end of the process.',
    example: 'full',
    default: 'full',
  }),
  S3_ENDPOINT: variable(endpoint, {
    group: 's3',
    doc: 'The server, unless it is AWS.',
    example: 'http://localhost:9000',
    otherwise: 'AWS, in S3_REGION',
  }),
  S3_ACCESS_KEY: variable(text('any text'), {
    group: 's3',
    doc: 'The id of the access key.',
    example: 'local-access-key',
    otherwise: 'the credentials that the AWS SDK finds',
    secret: true,
  }),
  S3_SECRET_KEY: variable(text('any text'), {
    group: 's3',
    doc: 'The secret of the access key.',
    example: 'local-secret-key',
    otherwise: 'the credentials that the AWS SDK finds',
    secret: true,
  }),
  S3_REGION: variable(region, {
    group: 's3',
    doc: 'The region of the buckets.',
    example: 'us-east-1',
    default: 'us-east-1',
  }),
  S3_BUCKET: variable(bucket, {
    group: 's3',
    doc: 'One bucket for all storages; the default storage is the whole of it.',
    example: '',
    otherwise: 'a bucket for each storage',
  }),
  S3_BUCKET_DOCUMENTS: s3Bucket('documents'),
  S3_BUCKET_AUDIO: s3Bucket('audio'),
  S3_BUCKET_IMAGES: s3Bucket('images'),
  S3_USE_SSL: variable(flag, {
    group: 's3',
    doc: 'Whether the endpoint is reached by TLS. It must agree with the scheme of S3_ENDPOINT.',
    example: 'false',
    otherwise: SCHEME,
  }),
  S3_FORCE_PATH_STYLE: variable(flag, {
    group: 's3',
    doc: 'Whether the bucket stands in the path of a URL, not in its host name.',
    example: 'true',
    otherwise: 'as the server needs it',
  }),
  S3_SIGNATURE_VERSION: variable(oneOf('s3v4'), {
    group: 's3',
    doc: 'How requests are signed.',
    example: 's3v4',
    default: 's3v4',
  }),
  S3_PROFILE: variable(oneOf(...PROFILE_NAMES), {
    group: 's3',
    doc: 'Which server it is, by the name of the profile that holds its differences: docs/s3.md.',
    example: 'minio',
    otherwise: 'by the endpoint',
  }),
  MINIO_ENDPOINT: variable(endpoint, {
    group: 'minio',
    doc: 'The server. It has to be set with the provider `minio`.',
    example: 'http://localhost:9000',
  }),
  MINIO_ACCESS_KEY: variable(text('any text'), {
    group: 'minio',
    doc: 'The id of the access key.',
    example: 'local-access-key',
    otherwise: 'the credentials that the AWS SDK finds',
    secret: true,
  }),
  MINIO_SECRET_KEY: variable(text('any text'), {
    group: 'minio',
    doc: 'The secret of the access key.',
    example: 'local-secret-key',
    otherwise: 'the credentials that the AWS SDK finds',
    secret: true,
  }),
  MINIO_SECURE: variable(flag, {
    group: 'minio',
    doc: 'Whether the endpoint is reached by TLS. It must agree with the scheme of MINIO_ENDPOINT.',
    example: 'false',
    otherwise: SCHEME,
  }),
  MINIO_REGION: variable(region, {
    group: 'minio',
    doc: 'The region of the buckets.',
    example: 'us-east-1',
    default: 'us-east-1',
  }),
  MINIO_BUCKET_DOCUMENTS: minioBucket('documents'),
  MINIO_BUCKET_AUDIO: minioBucket('audio'),
  MINIO_BUCKET_IMAGES: minioBucket('images'),
  STORAGE_CONNECT_TIMEOUT_MS: variable(integer(1, MAX_TIMER_MS, 'milliseconds'), {
    group: 'remote',
    doc: 'How long a connection to the server may take to open, in milliseconds.',
    example: '5000',
    otherwise: '5000',
  }),
  STORAGE_IDLE_TIMEOUT_MS: variable(integer(1, MAX_TIMER_MS, 'milliseconds'), {
    group: 'remote',
    doc: 'How long the server may be silent while it is waited for, in milliseconds.',
    example: '30000',
    otherwise: '30000',
  }),
  STORAGE_MAX_SOCKETS: variable(integer(1, 65_535, 'connections'), {
    group: 'remote',
    doc: 'How many connections to the server a storage may have open at once.',
    example: '50',
    otherwise: '50',
  }),
  STORAGE_CREATE_BUCKETS: variable(flag, {
    group: 'remote',
    doc: 'Whether buckets that are missing are made at the start. For development.',
    example: 'false',
    default: 'false',
  }),
  MAX_UPLOAD_SIZE: variable(integer(1, MAX_BYTES, 'bytes'), {
    group: 'uploads',
    doc: 'The largest upload that the server takes, in bytes.',
    example: '',
    otherwise: 'MAX_FILE_SIZE_MB, or 104857600',
  }),
  MAX_FILE_SIZE_MB: variable(integer(1, 1024 ** 2 * 50, 'MiB'), {
    group: 'uploads',
    doc: 'The same in MiB (1,048,576 bytes). When both are set, they must say the same.',
    example: '',
    otherwise: 'MAX_UPLOAD_SIZE',
  }),
} satisfies Readonly<Record<string, Variable<unknown>>>;
