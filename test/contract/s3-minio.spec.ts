import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['minio'] }, (server) => {
  backendContract('S3 on MinIO', {
    create: () => s3Place(server()),
    features: {
      copyIfAbsent: 'it is ignored',
      conditionalDelete: 'it is ignored',
      keyBelowKey: 'it is stored, and not listed',
      noProviderOptions: 'an object of S3 has versions',
    },
    refusedKeys: {
      'segment of 256 bytes': 'MinIO keeps a segment in the name of a file',
      'segment of 256 bytes in emoji': 'MinIO keeps a segment in the name of a file',
      'one segment of 1,024 bytes': 'MinIO keeps a segment in the name of a file',
      'dot and space': 'MinIO trims a segment before it takes it for a dot',
    },
    skips: {
      'keeps an object whose key continues the key of another, or says that it cannot':
        'MinIO stores both and lists one',
      'keeps 2,048 bytes of metadata and refuses one more': 'MinIO counts the names of the headers too',
      'lists nothing outside for a prefix that climbs or that no key has':
        'MinIO refuses to list the prefix ".."',
      'keeps the key: half encoded parent': 'MinIO refuses to list the prefix "."',
      'keeps the key: overlong encoded slash': 'MinIO refuses to list the prefix "."',
      'keeps the key: leading dot': 'MinIO refuses to list the prefix "."',
      'keeps the key: three dots': 'MinIO refuses to list the prefix "."',
      'keeps the key: .htaccess': 'MinIO refuses to list the prefix "."',
      'keeps the key: git folder': 'MinIO refuses to list the prefix "."',
      'keeps the key: env file': 'MinIO refuses to list the prefix "."',
      'keeps the key: name of a temporary file': 'MinIO refuses to list the prefix "."',
      'keeps the key: name of metadata': 'MinIO refuses to list the prefix "."',
      'keeps the key: own folder': 'MinIO refuses to list the prefix "."',
      'keeps the key: own folder in upper case': 'MinIO refuses to list the prefix "."',
      'keeps the key: own name as a prefix': 'MinIO refuses to list the prefix "."',
    },
    runs: 8,
  });
});
