import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { minio } from './s3-differences.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['minio'], tls: true }, (server) => {
  backendContract('S3 on MinIO over https', {
    // 200 writers begin with 50 handshakes at once, which a busy machine takes its time for.
    create: () => s3Place(server(), { connectTimeoutMs: 30_000 }),
    ...minio,
    runs: 3,
  });
});
