import type { S3Client } from '@aws-sdk/client-s3';
import { other } from './profiles/other.js';
import type { ProviderProfile, S3ConditionName } from './profile.js';
import { resolveTarget } from './wire/target.js';

const AWS = /\.amazonaws\.com(\.cn)?$/i;

/** Where the SDK keeps what it found. */
interface Configured {
  readonly endpoint?: () => Promise<{ readonly hostname: string }>;
  /** Of the environment and its files. */
  readonly serviceConfiguredEndpoint?: () => Promise<string | undefined>;
}

/**
 * Whether a client that was given no endpoint by us asks AWS: the environment, `endpoint_url` of the SDK's files or the
 * maker of the client may have given it one. Nothing is sent.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export async function asksAws(client: S3Client, bucket: string): Promise<boolean> {
  const host = await hostOf(client, bucket);
  return host === undefined || AWS.test(host);
}

/** `undefined`: that of the rules of AWS, for a bucket that only the SDK signs for. */
async function hostOf(client: S3Client, bucket: string): Promise<string | undefined> {
  try {
    return (await resolveTarget(client, bucket)).hostname;
  } catch {
    const { endpoint, serviceConfiguredEndpoint: configured } = client.config as Configured;
    if (endpoint) return (await endpoint()).hostname;
    const found = await configured?.();
    return found === undefined ? undefined : new URL(found).hostname;
  }
}

/** The profile with conditions of a server that nobody knows: each is proven. */
export function withUnknownConditions(profile: ProviderProfile): ProviderProfile {
  const { putIfAbsent, putIfMatch, deleteIfMatch, copySourceIfMatch, copyIfAbsent } = other;
  const { completeIfAbsent, completeIfMatch } = other;
  const conditions = {
    ...{ putIfAbsent, putIfMatch, deleteIfMatch, copySourceIfMatch, copyIfAbsent },
    ...{ completeIfAbsent, completeIfMatch },
  };
  return { ...profile, ...(conditions satisfies Record<S3ConditionName, unknown>), title: other.title };
}
