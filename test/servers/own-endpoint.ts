import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TestServer } from './s3-servers.js';

/** The server that S3_TEST_ENDPOINT and the variables beside it describe (docs/servers.md), or `undefined`. */
export function ownEndpoint(env: NodeJS.ProcessEnv = process.env): TestServer | undefined {
  const endpoint = env.S3_TEST_ENDPOINT;
  if (!endpoint) return undefined;
  const needed = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`S3_TEST_ENDPOINT needs ${name}`);
    return value;
  };
  const [bucket, ...folders] = (env.S3_TEST_BUCKET ?? '').split('/').filter((part) => part !== '');
  return {
    name: 'own',
    endpoint,
    region: env.S3_TEST_REGION || 'us-east-1',
    accessKeyId: needed('S3_TEST_ACCESS_KEY'),
    secretAccessKey: needed('S3_TEST_SECRET_KEY'),
    ...(env.S3_TEST_CA_FILE && {
      caFile: env.S3_TEST_CA_FILE,
      ca: readFileSync(env.S3_TEST_CA_FILE, 'utf8'),
    }),
    ...(bucket && {
      bucket,
      prefix: [...folders, `stowage-test-${randomBytes(6).toString('hex')}`].join('/'),
    }),
    processes: [],
    directory: '',
    stop: () => Promise.resolve(),
  };
}
