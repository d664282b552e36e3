/** The profiles that there are, as S3_PROFILE names them. */
export const PROFILE_NAMES = [
  'aws',
  'minio',
  'ceph-rgw',
  'versitygw',
  'moto',
  'garage',
  'r2',
  'b2',
  'other',
] as const;

/** The name of a profile. */
export type ProfileName = (typeof PROFILE_NAMES)[number];
