import { describe } from '@jest/globals';
import { PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import { openBucket } from '../../servers/open-bucket.js';
import { describeServers } from '../../servers/s3-servers.js';
import { sdkClient } from '../../servers/sdk-client.js';
import { describeInChromium } from '../../support/browser/chromium.js';
import { uppyContract, type UppyPlace } from './uppy.contract.js';

describeServers({ only: ['versitygw', 'minio'] }, (server) => {
  const create = async (): Promise<UppyPlace> => {
    const { name, endpoint, region, accessKeyId, secretAccessKey } = server();
    const { bucket, destroy } = await openBucket(server());
    const credentials = { accessKeyId, secretAccessKey };
    const backend = new S3Backend({ bucket, endpoint, region, credentials, profile: name });
    const at = async (origin: string): Promise<void> => {
      // MinIO allows every origin, and has no rules of buckets.
      if (name === 'minio') return;
      const rule = {
        AllowedOrigins: [origin],
        AllowedMethods: ['PUT', 'POST'],
        AllowedHeaders: ['content-type'],
        ExposeHeaders: ['ETag'],
      };
      await sdkClient(server()).send(
        new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }),
      );
    };
    return { backend, at, destroy };
  };
  // Inside of a describe of its own, so that it ends before the server does.
  describe('with the page of another origin', () => {
    describeInChromium('Uppy', (browser) => uppyContract(browser, create, { isDirect: true }));
  });
});
