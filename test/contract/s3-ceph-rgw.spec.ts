import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { cephRgw } from './s3-differences.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['ceph-rgw'] }, (server) => {
  backendContract('S3 on Ceph RGW', { create: () => s3Place(server()), ...cephRgw, runs: 8 });
});
