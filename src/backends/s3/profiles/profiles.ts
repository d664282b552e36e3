import { StorageError } from '../../../core/error.js';
import type { ProviderProfile } from '../profile.js';
import { aws } from './aws.js';
import { b2 } from './b2.js';
import { cephRgw } from './ceph-rgw.js';
import { garage } from './garage.js';
import { minio } from './minio.js';
import { moto } from './moto.js';
import { other } from './other.js';
import { PROFILE_NAMES, type ProfileName } from './profile-names.js';
import { r2 } from './r2.js';
import { versitygw } from './versitygw.js';

const PROFILES: Readonly<Record<ProfileName, ProviderProfile>> = {
  aws,
  minio,
  'ceph-rgw': cephRgw,
  versitygw,
  moto,
  garage,
  r2,
  b2,
  other,
};

/** How a server is found out. */
export interface ProfileQuery {
  /** One of the names of the profiles. It counts more than the endpoint. */
  readonly name?: string | undefined;
  /** A URL, or `undefined` for AWS. */
  readonly endpoint?: string | undefined;
}

/**
 * The profile of a server: the one that is named, else that of the host of the endpoint, else `other`; without an
 * endpoint `aws`. @throws StorageError INVALID_ARGUMENT, reason `config`, for a name that no profile has.
 */
export function profileOf({ name, endpoint }: ProfileQuery): ProviderProfile {
  if (name !== undefined) return named(name);
  if (endpoint === undefined) return aws;
  const host = hostOf(endpoint);
  return profiles().find(({ hosts }) => hosts.some((end) => host.endsWith(end))) ?? other;
}

/** All profiles, in the order of the documentation. */
export function profiles(): readonly ProviderProfile[] {
  return PROFILE_NAMES.map((name) => PROFILES[name]);
}

function named(name: string): ProviderProfile {
  const found = profiles().find((profile) => profile.name === name);
  if (found) return found;
  throw new StorageError(
    'INVALID_ARGUMENT',
    `S3Backend: there is no profile ${JSON.stringify(name)}: pass ${PROFILE_NAMES.join(', ')}, or a profile`,
    { reason: 'config' },
  );
}

/** With a dot before it, so that `.amazonaws.com` is not the end of `evilamazonaws.com`; empty when it is no URL. */
function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? `.${new URL(endpoint).hostname.toLowerCase()}` : '';
}
