import type { ProviderProfile } from '../profile.js';
import { SOURCES } from './sources.js';

const DOCS = 'https://www.backblaze.com/docs/cloud-storage-s3-compatible-api';
const REFUSED = 'sathinduga/obsidian-s3-sync-and-backup#84: 501 NotImplemented';

/** Backblaze B2 by its S3 API: by its documentation and what others saw, not measured. It takes https alone. */
export const b2: ProviderProfile = {
  name: 'b2',
  title: 'Backblaze B2',
  hosts: ['.backblazeb2.com'],
  addressing: 'path',
  listVersion: 2,
  encodingType: false,
  checksum: 'md5',
  checksums: ['md5'],
  keepsChecksum: false,
  deleteMany: 'md5',
  putIfAbsent: false,
  putIfMatch: false,
  deleteIfMatch: false,
  copySourceIfMatch: true,
  copyIfAbsent: false,
  postPolicy: false,
  keys: 'segments',
  metadataUnderscore: true,
  maxPut: 5_000_000_000,
  sources: {
    hosts: DOCS,
    addressing: `${DOCS}: it takes both`,
    listVersion: DOCS,
    encodingType: SOURCES.careful,
    checksum: 'nocobase/nocobase#6872: 400 for CRC32, which only some regions take since',
    checksums: 'Content-MD5 is what S3 always took; not measured',
    keepsChecksum: SOURCES.careful,
    deleteMany: `${DOCS}; Content-MD5 is what S3 always took`,
    putIfAbsent: REFUSED,
    putIfMatch: REFUSED,
    deleteIfMatch: SOURCES.careful,
    copySourceIfMatch: 'https://www.backblaze.com/apidocs/s3-copy-object',
    copyIfAbsent: SOURCES.careful,
    postPolicy: `${DOCS}: no such call`,
    keys: SOURCES.careful,
    metadataUnderscore: 'as AWS, not measured',
    maxPut: 'https://www.backblaze.com/docs/cloud-storage-files',
  },
};
