import type { ProviderProfile } from '../profile.js';
import { MAX_PUT, SOURCES } from './sources.js';

const API = 'https://docs.aws.amazon.com/AmazonS3/latest/API';
const GUIDE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide';

/** Amazon S3. */
export const aws: ProviderProfile = {
  name: 'aws',
  title: 'Amazon S3',
  hosts: ['.amazonaws.com', '.amazonaws.com.cn'],
  addressing: 'virtual-host',
  listVersion: 2,
  encodingType: true,
  checksum: 'crc32',
  checksums: ['crc32', 'sha256', 'md5'],
  keepsChecksum: true,
  deleteMany: 'crc32',
  putIfAbsent: true,
  putIfMatch: true,
  deleteIfMatch: true,
  copySourceIfMatch: true,
  copyIfAbsent: true,
  postPolicy: true,
  keys: 'any',
  metadataUnderscore: true,
  maxPut: MAX_PUT,
  sources: {
    hosts: 'https://docs.aws.amazon.com/general/latest/gr/s3.html',
    addressing: `${GUIDE}/VirtualHosting.html`,
    listVersion: `${API}/API_ListObjectsV2.html`,
    encodingType: `${API}/API_ListObjectsV2.html`,
    checksum: `${GUIDE}/checking-object-integrity.html`,
    checksums: `${GUIDE}/checking-object-integrity.html`,
    keepsChecksum: `${GUIDE}/checking-object-integrity.html`,
    deleteMany: `${API}/API_DeleteObjects.html`,
    putIfAbsent: `${GUIDE}/conditional-writes.html`,
    putIfMatch: `${GUIDE}/conditional-writes.html`,
    deleteIfMatch: `${GUIDE}/conditional-deletes.html`,
    copySourceIfMatch: `${API}/API_CopyObject.html`,
    copyIfAbsent: `${API}/API_CopyObject.html`,
    postPolicy: `${API}/sigv4-post-example.html`,
    keys: `${GUIDE}/object-keys.html`,
    metadataUnderscore: `${GUIDE}/UsingMetadata.html`,
    maxPut: SOURCES.maxPut,
  },
};
