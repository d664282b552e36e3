import { S3Client } from '@aws-sdk/client-s3';
import type { S3Calls } from '../../../../src/backends/s3/calls.js';
import { limitsOf } from '../../../../src/backends/s3/limits.js';
import { profileOf } from '../../../../src/backends/s3/profiles/profiles.js';
import { SdkCalls } from '../../../../src/backends/s3/sdk/calls.js';
import { WireCalls } from '../../../../src/backends/s3/wire/calls.js';
import { Connections } from '../../../../src/backends/s3/wire/connections.js';
import { Sender } from '../../../../src/backends/s3/wire/sender.js';
import { PATIENT } from './patient-server.js';
import { LIMITS, type FaultBench } from './support.js';

/** Who sends the requests. */
export type Path = 'own' | 'sdk';

/** How the requests go. */
export interface CallsOptions {
  readonly path: Path;
  /** Whether bodies are part of the signature. Default: `signed`. */
  readonly payload?: 'signed' | 'unsigned';
}

/** Does `work` with the requests of the bucket of `bench`, below everything that knows storages. */
export async function withCalls(
  bench: FaultBench,
  { path, payload = 'signed' }: CallsOptions,
  work: (calls: S3Calls) => Promise<void>,
): Promise<void> {
  const connections = new Connections(limitsOf({ ...PATIENT, maxAttempts: LIMITS.maxAttempts }), {});
  const client = new S3Client({
    endpoint: bench.server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: connections.agents,
  });
  const profile = profileOf({ name: 'aws' });
  const calls =
    path === 'sdk'
      ? new SdkCalls(client, 'b', profile, connections)
      : new WireCalls(new Sender(client, 'b', connections, payload), 'b', profile);
  try {
    await work(calls);
  } finally {
    calls.close();
    client.destroy();
  }
}
