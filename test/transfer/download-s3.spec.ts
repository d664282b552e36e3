import { describeServers } from '../servers/s3-servers.js';
import { s3Place } from '../contract/s3-place.js';
import { downloadSuite } from './download-suite.js';

describeServers({ only: ['versitygw', 'minio', 'ceph-rgw'] }, (server, name) => {
  downloadSuite(
    `from ${name}`,
    async () => {
      const { backend, prefix, destroy } = await s3Place(server());
      return { backend, prefix, destroy: async () => (await backend.close?.(), destroy!()) };
    },
    name === 'ceph-rgw' ? undefined : 'crc32',
  );
});
