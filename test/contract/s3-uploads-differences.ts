import type { Differences } from './s3-differences.js';

const NO_LOST_UPDATE = 'VersityGW compares and then writes, so that of two writers at once both can win';
const AT_ONCE = 'does either, wholly, when an upload is completed and aborted at once';
const IGNORED = 'it is ignored';
const ALL_PARTS = 'RGW 16 wants every part that was stored: 400 InvalidPart';
const FAILS = 'moto answers 500 for an upload that is not there';

/** VersityGW 1.7.0. */
export const versitygw: Differences = {
  features: { completeIfAbsent: NO_LOST_UPDATE, completeIfMatch: NO_LOST_UPDATE },
  skips: { [AT_ONCE]: 'VersityGW says 200 for an upload that was aborted meanwhile: OUTCOME_UNKNOWN' },
};

/** MinIO of 2026-02-12. */
export const minio: Differences = {};

/** Ceph RGW 16.2.15. */
export const cephRgw: Differences = {
  features: { completeIfAbsent: IGNORED, completeIfMatch: IGNORED },
  skips: {
    [AT_ONCE]: 'RGW 16 answers 500 for an upload that was aborted meanwhile: OUTCOME_UNKNOWN',
    'drops parts that are not named': ALL_PARTS,
    'refuses parts that are missing, foreign, replaced or out of order, and keeps the upload': ALL_PARTS,
  },
};

/** moto 5.2.5. */
export const moto: Differences = {
  features: { completeIfMatch: IGNORED },
  skips: {
    'knows no upload that was never begun, has ended, or is of another key': FAILS,
    'removes an upload and its parts, and leaves what is stored': FAILS,
    'leaves nothing of a part that is on its way': FAILS,
    [AT_ONCE]: FAILS,
    'takes it for no error when there is nothing to be aborted': 'moto looks at the id alone, not at the key',
    'lists uploads by the beginning of their keys, since when they are there':
      'moto lists every upload as begun on 2010-11-10',
    'does not let a scope see or touch the uploads of another': FAILS,
  },
};
