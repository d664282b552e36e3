import type { CORSRule } from '@aws-sdk/client-s3';
import { isObject, kindOf } from '../../core/check-shape.js';
import { StorageError } from '../../core/error.js';
import type { S3CorsRule } from './cors-rule.js';

/** `rule` as the API takes it. @throws StorageError INVALID_ARGUMENT, reason `rules`. */
export function toApi(rule: S3CorsRule): CORSRule {
  const given: unknown = rule;
  if (!isObject(given) || !Array.isArray(given.origins) || !Array.isArray(given.methods))
    throw new StorageError('INVALID_ARGUMENT', `A rule of CORS is ${kindOf(given)}: pass corsRule([…])`, {
      reason: 'rules',
    });
  const { id, origins, methods, headers, exposeHeaders, maxAgeSeconds } = rule;
  return {
    ID: id,
    AllowedOrigins: [...origins],
    AllowedMethods: [...methods],
    AllowedHeaders: headers && [...headers],
    ExposeHeaders: exposeHeaders && [...exposeHeaders],
    MaxAgeSeconds: maxAgeSeconds,
  };
}

/** A rule as the API tells it. */
export function fromApi(rule: CORSRule): S3CorsRule {
  const { ID, AllowedOrigins, AllowedMethods, AllowedHeaders, ExposeHeaders, MaxAgeSeconds } = rule;
  return {
    ...(ID !== undefined && { id: ID }),
    origins: AllowedOrigins ?? [],
    methods: (AllowedMethods ?? []) as S3CorsRule['methods'],
    ...(AllowedHeaders && { headers: AllowedHeaders }),
    ...(ExposeHeaders && { exposeHeaders: ExposeHeaders }),
    ...(MaxAgeSeconds !== undefined && { maxAgeSeconds: MaxAgeSeconds }),
  };
}
