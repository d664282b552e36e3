import type { BackendHarness } from './suite.js';

/** What a server lacks, whichever way it is talked to: the reasons stand in the specs' output. */
export type Differences = Pick<BackendHarness, 'features' | 'skips' | 'refusedKeys'>;

const ONE_FILE = 'MinIO keeps a segment in the name of a file';
const DOT = 'MinIO refuses to list the prefix "."';
const NAME_MAX = 'NAME_MAX is 255';
const VERSIONS = 'an object of S3 has versions';

/** MinIO RELEASE.2025-10-15. */
export const minio: Differences = {
  features: {
    copyIfAbsent: 'it is ignored',
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
    'lists nothing outside for a prefix that climbs or that no key has':
      'MinIO refuses to list the prefix ".."',
    'keeps the key: half encoded parent': DOT,
    'keeps the key: overlong encoded slash': DOT,
    'keeps the key: leading dot': DOT,
    'keeps the key: three dots': DOT,
    'keeps the key: .htaccess': DOT,
    'keeps the key: git folder': DOT,
    'keeps the key: env file': DOT,
    'keeps the key: name of a temporary file': DOT,
    'keeps the key: name of metadata': DOT,
    'keeps the key: own folder': DOT,
    'keeps the key: own folder in upper case': DOT,
    'keeps the key: own name as a prefix': DOT,
  },
};

/** VersityGW 1.6. */
export const versitygw: Differences = {
  features: {
    copyIfAbsent: 'it is ignored',
    keyBelowKey: 'a path is a file or a directory, not both',
    noProviderOptions: VERSIONS,
  },
  refusedKeys: {
    'segment of 256 bytes': NAME_MAX,
    'segment of 256 bytes in emoji': NAME_MAX,
    'one segment of 1,024 bytes': NAME_MAX,
  },
  skips: {
    'counts exactly 50 when 5 workers add one 10 times each with ifMatch':
      'VersityGW compares and replaces in two steps: of two writers at once both can win',
    'refuses the key: control 0x00': 'VersityGW answers 500 to it, which is tried again',
    'keeps the key: non-character': 'VersityGW ignores encoding-type, and XML has no U+FFFF: it lists U+FFFD',
  },
};
