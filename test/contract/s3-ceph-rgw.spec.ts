import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['ceph-rgw'] }, (server) => {
  backendContract('S3 on Ceph RGW', {
    create: () => s3Place(server()),
    features: {
      copyIfAbsent: 'it is ignored',
      copyIfMatch: 'it is ignored',
      conditionalDelete: 'it is ignored',
      noProviderOptions: 'an object of S3 has versions',
    },
    skips: {
      'keeps metadata, with names in lower case': 'RGW gives a _ in a name back as -',
      'keeps metadata with names that objects have already': 'RGW gives a _ in a name back as -',
    },
    runs: 8,
  });
});
