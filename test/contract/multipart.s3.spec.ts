import { describeServers } from '../servers/s3-servers.js';
import { multipartContract } from './multipart.contract.js';
import { cephRgw, minio, moto, versitygw } from './s3-uploads-differences.js';
import { s3Place } from './s3-place.js';

const differences = { versitygw, minio, 'ceph-rgw': cephRgw, moto } as const;

describeServers({}, (server, name) => {
  if (name === 'own') return;
  multipartContract(`S3 on ${name}`, { create: () => s3Place(server()), ...differences[name] });
});

describeServers({ only: ['minio'] }, (server) => {
  multipartContract('S3 on MinIO, by the SDK', {
    create: () => s3Place(server(), { requests: 'sdk' }),
    ...minio,
  });
});
