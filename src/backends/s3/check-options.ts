import { assertKnown, isObject, kindOf, show } from '../../core/check-shape.js';
import { StorageError } from '../../core/error.js';

/** Of SigV4, seven days: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
const MAX_EXPIRY_S = 604_800;
const FLAGS = ['forcePathStyle', 'useDualstackEndpoint', 'useFipsEndpoint', 'useArnRegion'];
const WORDS: Readonly<Record<string, readonly string[]>> = {
  checksum: ['crc32', 'sha256', 'md5', 'none'],
  payload: ['auto', 'signed', 'unsigned'],
  requests: ['auto', 'sdk'],
};
/** Numbers that `limitsOf` looks at. */
const LIMITS = [
  'connectTimeoutMs',
  'firstByteTimeoutMs',
  'idleTimeoutMs',
  'requestTimeoutMs',
  'maxSockets',
  'maxAttempts',
  'retryBudgetMs',
];
/** Numbers of uploads, and the largest of each. */
const UPLOADS: Readonly<Record<string, number>> = {
  maxSinglePut: Number.MAX_SAFE_INTEGER,
  partSize: Number.MAX_SAFE_INTEGER,
  concurrency: 1000,
};
const OPTIONS = [
  'bucket',
  'profile',
  ...Object.keys(WORDS),
  'signing',
  'endpoint',
  'region',
  'credentials',
  'client',
  ...FLAGS,
  'agent',
  'ca',
  ...LIMITS,
  ...Object.keys(UPLOADS),
  'transferMemory',
];
/** The name of a region becomes a part of host names, so it is a label of one: RFC 1123, 2.1. */
const REGION = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i;
/** What would lead a request elsewhere; an ARN has slashes by right. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const NO_BUCKET = /[/?#\\\s\u0000-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex -- as above
const NO_ARN = /[?#\\\s\u0000-\u001f\u007f]/;

/**
 * @throws StorageError INVALID_ARGUMENT (reason `config`): a mistake must not wait for the first request. It tells
 * nothing of credentials.
 */
export function checkS3Options(options: unknown): void {
  if (!isObject(options)) throw problem(`the options are ${kindOf(options)}: pass { bucket, … }`);
  assertKnown('S3Backend', options, OPTIONS, fail);
  const { bucket, profile, endpoint, region, credentials, client, signing } = options;
  if (typeof bucket !== 'string' || !isBucket(bucket))
    refuse('bucket', bucket, 'the name of a bucket, without a path, or the ARN of an access point');
  if (endpoint !== undefined) checkEndpoint(endpoint);
  if (region !== undefined && (typeof region !== 'string' || !REGION.test(region)))
    refuse('region', region, 'the name of one, such as "eu-central-1"');
  if (credentials !== undefined) checkCredentials(credentials);
  if (profile !== undefined && typeof profile !== 'string' && !isObject(profile))
    refuse('profile', profile, 'the name of a profile or a ProviderProfile');
  if (client !== undefined && !isClient(client))
    refuse('client', client, 'an S3Client of @aws-sdk/client-s3');
  for (const [name, words] of Object.entries(WORDS)) {
    const value = options[name];
    if (value !== undefined && !words.includes(value as string))
      refuse(name, value, words.map((word) => `"${word}"`).join(' or '));
  }
  for (const name of FLAGS) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'boolean') refuse(name, value, 'true or false');
  }
  if (signing !== undefined) checkSigning(signing);
  checkUploads(options);
}

function checkUploads(options: Readonly<Record<string, unknown>>): void {
  for (const [name, most] of Object.entries(UPLOADS)) {
    const value = options[name];
    if (
      value !== undefined &&
      !(Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most)
    )
      refuse(name, value, `a whole number from 1 to ${most}`);
  }
  const { transferMemory } = options;
  if (
    transferMemory !== undefined &&
    !(isObject(transferMemory) && typeof transferMemory.claim === 'function')
  )
    refuse('transferMemory', transferMemory, 'a TransferMemory');
}

/** Whether it has what is used of one, as S3ClientLike says: not one of another service, or what a test has made up. */
function isClient(client: unknown): boolean {
  if (!isObject(client) || typeof client.send !== 'function') return false;
  const { config, middlewareStack } = client;
  if (!isObject(config) || typeof config.region !== 'function' || !('forcePathStyle' in config)) return false;
  return isObject(middlewareStack) && typeof middlewareStack.identify === 'function';
}

function isBucket(name: string): boolean {
  return name !== '' && !(name.startsWith('arn:') ? NO_ARN : NO_BUCKET).test(name);
}

/** Its text is not shown where it may hold a secret. */
function checkEndpoint(endpoint: unknown): void {
  if (typeof endpoint !== 'string') refuse('endpoint', endpoint, 'a URL such as "https://s3.example.com"');
  if (/[@?#]/.test(endpoint))
    throw problem('endpoint has credentials, a query or a fragment: pass a URL without them');
  if (!/^https?:\/\//i.test(endpoint))
    refuse('endpoint', endpoint, 'a URL that begins with http:// or https://');
  if (/[\s\\]/.test(endpoint) || !URL.canParse(endpoint))
    refuse('endpoint', endpoint, 'a URL such as "https://s3.example.com"');
}

/** No value is shown: one may stand where the other belongs. */
function checkCredentials(credentials: unknown): void {
  if (typeof credentials === 'function') return;
  const wanted = 'pass { accessKeyId, secretAccessKey } or a function that gets them';
  if (!isObject(credentials)) throw problem(`credentials are ${kindOf(credentials)}: ${wanted}`);
  // What else an identity of the SDK has is no mistake.
  for (const name of ['accessKeyId', 'secretAccessKey']) {
    const value = credentials[name];
    if (typeof value !== 'string' || value === '')
      throw problem(`credentials.${name} is ${value === '' ? 'empty' : kindOf(value)}: ${wanted}`);
  }
  const { sessionToken, expiration } = credentials;
  if (sessionToken !== undefined && typeof sessionToken !== 'string')
    throw problem(`credentials.sessionToken is ${kindOf(sessionToken)}: pass a string, or leave it out`);
  if (expiration !== undefined && !(isObject(expiration) && typeof expiration.getTime === 'function'))
    throw problem(`credentials.expiration is ${kindOf(expiration)}: pass a Date`);
}

function checkSigning(signing: unknown): void {
  if (!isObject(signing)) throw problem(`signing is ${kindOf(signing)}: pass { expiresIn }`);
  assertKnown('signing of S3Backend', signing, ['expiresIn'], fail);
  const seconds = signing.expiresIn;
  if (seconds === undefined) return;
  if (!Number.isSafeInteger(seconds) || (seconds as number) < 1 || (seconds as number) > MAX_EXPIRY_S)
    refuse('signing.expiresIn', seconds, `seconds from 1 to ${MAX_EXPIRY_S}`);
}

function refuse(name: string, value: unknown, wanted: string): never {
  throw problem(`${name} is ${show(value)}: pass ${wanted}`);
}

function problem(message: string): StorageError {
  return fail(`S3Backend: ${message}`);
}

function fail(message: string): StorageError {
  return new StorageError('INVALID_ARGUMENT', message, { reason: 'config' });
}
