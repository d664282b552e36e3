import type { ProviderProfile } from '../profile.js';
import { MAX_PUT, SOURCES } from './sources.js';

const STATUS = 'https://garagehq.deuxfleurs.fr/documentation/reference-manual/s3-compatibility/';

/** Garage. Its region has to be the one of its configuration (`garage`, unless it says otherwise). */
export const garage: ProviderProfile = {
  name: 'garage',
  title: 'Garage',
  hosts: [],
  addressing: 'path',
  listVersion: 2,
  encodingType: true,
  checksum: 'crc32',
  checksums: ['crc32'],
  keepsChecksum: false,
  deleteMany: 'md5',
  putIfAbsent: false,
  putIfMatch: false,
  deleteIfMatch: false,
  copySourceIfMatch: true,
  copyIfAbsent: false,
  postPolicy: true,
  keys: 'any',
  metadataUnderscore: true,
  maxPut: MAX_PUT,
  sources: {
    hosts: SOURCES.byName,
    addressing: STATUS,
    listVersion: STATUS,
    encodingType: STATUS,
    checksum: SOURCES.garage,
    checksums: `${SOURCES.garage}: 400 InvalidDigest`,
    keepsChecksum: SOURCES.careful,
    deleteMany: `${STATUS}; versions before 1.1 know no CRC32`,
    putIfAbsent: `${SOURCES.garage}: it is ignored, and of ten racing writers all won`,
    putIfMatch: `${SOURCES.garage}: it is ignored`,
    deleteIfMatch: `${SOURCES.garage}: it is ignored, and the object deleted`,
    copySourceIfMatch: 'https://github.com/deuxfleurs-org/garage/blob/main/src/api/s3/copy.rs, not measured',
    copyIfAbsent: SOURCES.careful,
    postPolicy: STATUS,
    keys: SOURCES.garage,
    metadataUnderscore: 'as AWS, not measured',
    maxPut: SOURCES.maxPut,
  },
};
