export { S3Backend } from './backend.js';
export type { S3ClientLike } from './client-like.js';
export { corsRule, type S3CorsRule } from './cors-rule.js';
export { S3Buckets, type BucketInfo, type BucketOptions, type CreateBucketOptions } from './buckets.js';
export type {
  S3BackendOptions,
  S3Connection,
  S3Credentials,
  S3CredentialSource,
  S3Limits,
  S3Uploads,
} from './options.js';
export type { ProviderProfile, S3ChecksumName, S3Condition } from './profile.js';
export { profileOf, profiles, type ProfileQuery } from './profiles/profiles.js';
export { S3RequestError, type S3RequestFailure } from './request-error.js';
export { S3ResponseError, type S3Refusal } from './response-error.js';
