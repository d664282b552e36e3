import type { UploadConditions } from '../../../core/part-store.js';
import type { RunningUploads } from '../../../core/running-uploads.js';
import type { S3Calls } from '../calls.js';
import type { Conditions } from '../conditions.js';
import type { ProviderProfile, S3ChecksumName } from '../profile.js';
import type { Reader } from '../reader.js';
import type { PartTries } from './part-tries.js';

/** What an S3PartStore stands on. */
export interface PartStoreParts {
  readonly calls: S3Calls;
  readonly reader: Reader;
  /** Of the server that was found out to be there. */
  readonly conditions: (options: UploadConditions) => Promise<Conditions>;
  readonly profile: ProviderProfile;
  readonly checksum: S3ChecksumName | 'none';
  readonly tries: PartTries;
  /** Those of puts and copies, and of whoever goes on with one. */
  readonly running: RunningUploads;
  readonly keyProblem: (key: string) => string | undefined;
  /** @throws StorageError UNAVAILABLE, reason `closed`. */
  readonly assertOpen: () => void;
}
