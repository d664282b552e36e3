import { s3Place } from '../contract/s3-place.js';
import { describeServers } from '../servers/s3-servers.js';
import { MIB } from '../support/bodies.js';
import { uploadsContract } from './uploads.contract.js';

describeServers({ only: ['versitygw', 'minio', 'ceph-rgw'] }, (server, name) => {
  uploadsContract(`S3 on ${name}`, {
    create: () => s3Place(server()),
    partSize: 5 * MIB,
    // What the profiles of the others say: they take no condition on an upload in parts.
    ifAbsent: name === 'minio',
  });
});
