import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { versitygw } from './s3-differences.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['versitygw'] }, (server) => {
  backendContract('S3 on VersityGW', { create: () => s3Place(server()), ...versitygw, runs: 8 });
});
