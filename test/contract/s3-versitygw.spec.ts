import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { s3Place } from './s3-place.js';

const TWO_STEPS = 'VersityGW compares and then writes, so that of two writers at once both can win';

describeServers({ only: ['versitygw'] }, (server) => {
  backendContract('S3 on VersityGW', {
    create: () => s3Place(server()),
    features: {
      ifMatch: TWO_STEPS,
      ifMatchAny: TWO_STEPS,
      conditionalDelete: TWO_STEPS,
      copyIfAbsent: 'it is ignored',
      keyBelowKey: 'a path is a file or a directory, not both',
      noProviderOptions: 'an object of S3 has versions',
    },
    refusedKeys: {
      'segment of 256 bytes': 'NAME_MAX is 255',
      'segment of 256 bytes in emoji': 'NAME_MAX is 255',
      'one segment of 1,024 bytes': 'NAME_MAX is 255',
    },
    skips: {
      'lets exactly one of 200 writers win a key with ifAbsent': TWO_STEPS,
      'refuses the key: control 0x00': 'VersityGW answers 500 to it, which is tried again',
      'keeps the key: non-character':
        'VersityGW ignores encoding-type, and XML has no U+FFFF: it lists U+FFFD',
    },
    runs: 8,
  });
});
