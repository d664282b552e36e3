/** The day on which the servers of `test/servers` were measured; test/backends/s3/profiles.spec.ts measures them again. */
const DAY = 'measured 2026-11-21 on';

/** What the profiles rest on, where several fields share it. */
export const SOURCES = {
  versitygw: `${DAY} VersityGW 1.7.0`,
  minio: `${DAY} MinIO of 2026-02-12, the last source`,
  rgw: `${DAY} Ceph RGW 16.2.15`,
  moto: `${DAY} moto 5.2.5`,
  garage: `${DAY} Garage 2.5.0`,
  /** The limit of AWS, which the others took over. */
  maxPut: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html',
  fiveTb: 'the limit of AWS until December 2025, which the others took over',
  /** Its list of providers, with what each of them cannot do. */
  rclone: 'https://github.com/rclone/rclone/tree/master/backend/s3/provider',
  byName: 'runs on any host, so it is chosen by name',
  careful: 'not known: the careful answer',
} as const;

/** Bytes that one PUT takes: 5 GiB. */
export const MAX_PUT = 5 * 1024 ** 3;

/** Bytes of a part, from and to: 5 MiB and 5 GiB. */
export const MIN_PART = 5 * 1024 ** 2;
export const MAX_PART = 5 * 1024 ** 3;

/** What AWS took up to 2025, and the others took over: 5 TiB. */
export const FIVE_TB = 5 * 1024 ** 4;
