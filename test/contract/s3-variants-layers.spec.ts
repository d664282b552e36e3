import { concurrency } from '../../src/layers/concurrency.js';
import { log } from '../../src/layers/log.js';
import { metrics } from '../../src/layers/metrics.js';
import { timeout } from '../../src/layers/timeout.js';
import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { minio } from './s3-differences.js';
import { s3Place } from './s3-place.js';

const quiet = { debug: () => undefined, warn: () => undefined };

describeServers({ only: ['minio'] }, (server) => {
  backendContract('S3 on MinIO, with layers', {
    create: () => s3Place(server()),
    layers: () => [log(quiet), metrics({ record: () => undefined }), timeout(60_000), concurrency(4)],
    ...minio,
    runs: 3,
  });
});
