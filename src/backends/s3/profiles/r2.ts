import type { ProviderProfile } from '../profile.js';
import { MAX_PUT, SOURCES } from './sources.js';

const DOCS = 'https://developers.cloudflare.com/r2';
const API = `${DOCS}/api/s3/api/`;
const CONDITIONS = `${DOCS}/api/s3/conditional-operations/`;

/** Cloudflare R2: by its documentation, not measured. Its region is `auto`, and `us-east-1` means the same. */
export const r2: ProviderProfile = {
  name: 'r2',
  title: 'Cloudflare R2',
  hosts: ['.r2.cloudflarestorage.com'],
  addressing: 'path',
  listVersion: 2,
  encodingType: true,
  checksum: 'md5',
  checksums: ['md5'],
  keepsChecksum: false,
  deleteMany: 'md5',
  putIfAbsent: true,
  putIfMatch: true,
  deleteIfMatch: false,
  copySourceIfMatch: false,
  copyIfAbsent: false,
  postPolicy: false,
  keys: 'segments',
  metadataUnderscore: true,
  maxPut: MAX_PUT,
  sources: {
    hosts: API,
    addressing: SOURCES.rclone,
    listVersion: API,
    encodingType: API,
    checksum: `${API}: Content-MD5; CRC32 was refused once, aws/aws-sdk-js-v3#6810`,
    checksums: API,
    keepsChecksum: SOURCES.careful,
    deleteMany: `${API}; Content-MD5 is what S3 always took`,
    putIfAbsent: CONDITIONS,
    putIfMatch: CONDITIONS,
    deleteIfMatch: `${CONDITIONS}: deletes have no condition`,
    copySourceIfMatch: `${CONDITIONS} names none of S3 for copies`,
    copyIfAbsent: `${CONDITIONS}: by headers of its own alone`,
    postPolicy: `${DOCS}/api/s3/presigned-urls/`,
    keys: SOURCES.careful,
    metadataUnderscore: 'as AWS, not measured',
    maxPut: `${DOCS}/platform/limits/`,
  },
};
