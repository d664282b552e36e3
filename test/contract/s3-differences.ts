import type { BackendHarness } from './suite.js';

/** What a server lacks, whichever way it is talked to: the reasons stand in the specs' output. */
export type Differences = Pick<BackendHarness, 'features' | 'skips' | 'refusedKeys'>;

const ONE_FILE = 'MinIO keeps a segment in the name of a file';
const NAME_MAX = 'NAME_MAX is 255';
const TWO_STEPS = 'VersityGW compares and then writes, so that of two writers at once both can win';
const UNDERSCORE = 'RGW gives a _ in a name back as -';
const VERSIONS = 'an object of S3 has versions';

/** MinIO RELEASE.2025-10-15. */
export const minio: Differences = {
  features: {
    conditionalDelete: 'it is ignored',
    keyBelowKey: 'it is stored, and not listed',
    noProviderOptions: VERSIONS,
  },
  refusedKeys: {
    'segment of 256 bytes': ONE_FILE,
    'segment of 256 bytes in emoji': ONE_FILE,
    'one segment of 1,024 bytes': ONE_FILE,
    'dot and space': 'MinIO trims a segment before it takes it for a dot',
  },
  skips: {
    'keeps an object whose key continues the key of another, or says that it cannot':
      'MinIO stores both and lists one',
    'keeps 2,048 bytes of metadata and refuses one more': 'MinIO counts the names of the headers too',
  },
};

/** VersityGW 1.7.0. */
export const versitygw: Differences = {
  features: {
    ifAbsent: TWO_STEPS,
    ifMatch: TWO_STEPS,
    ifMatchAny: TWO_STEPS,
    conditionalDelete: TWO_STEPS,
    copyIfAbsent: 'it is ignored',
    keyBelowKey: 'a path is a file or a directory, not both',
    noProviderOptions: VERSIONS,
  },
  refusedKeys: {
    'segment of 256 bytes': NAME_MAX,
    'segment of 256 bytes in emoji': NAME_MAX,
    'one segment of 1,024 bytes': NAME_MAX,
    'non-character': 'it ignores encoding-type, and XML has no U+FFFF',
  },
  skips: {
    'loses no object when its neighbours are deleted at the same time':
      'VersityGW removes an empty folder while another request puts into it: 409 at times',
  },
};

/** Ceph RGW 16.2.15. */
export const cephRgw: Differences = {
  features: {
    copyIfAbsent: 'it is ignored',
    copyIfMatch: 'it is ignored',
    conditionalDelete: 'it is ignored',
    noProviderOptions: VERSIONS,
  },
  skips: {
    'keeps metadata, with names in lower case': UNDERSCORE,
    'keeps metadata with names that objects have already': UNDERSCORE,
  },
};
