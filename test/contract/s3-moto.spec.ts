import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['moto'] }, (server) => {
  backendContract('S3 on moto', {
    create: () => s3Place(server()),
    features: {
      copyIfMatch: 'it is ignored',
      noProviderOptions: 'an object of S3 has versions',
    },
    skips: {
      'keeps metadata, with names in lower case': 'moto drops a name with a ~',
      'refuses the key: control 0x0a': 'moto has no route for a line feed in a path: 404',
      'refuses the key: CRLF last': 'moto has no route for a line feed in a path: 404',
    },
    runs: 8,
  });
});
