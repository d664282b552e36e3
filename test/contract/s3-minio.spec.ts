import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { minio } from './s3-differences.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['minio'] }, (server) => {
  backendContract('S3 on MinIO', { create: () => s3Place(server()), ...minio, runs: 8 });
});
