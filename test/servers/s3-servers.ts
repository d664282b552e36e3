/**
 * Real S3 servers for specs. A describe for each, with a server of its own that runs while its tests do:
 *
 *     describeServers({ only: ['versitygw', 'minio'] }, (server) => {
 *       it('keeps an object', async () => {
 *         const { endpoint, region, accessKeyId, secretAccessKey } = server();
 *         const place = await openBucket(server()); // an empty bucket: open-bucket.ts
 *         …
 *         await place.destroy();
 *       });
 *     });
 *
 * A server that is not installed becomes one skipped test whose name says the command that installs it, or a failed
 * one when STOWAGE_REQUIRE_SERVERS is `all` or names it. `sdkClient(server())` is an S3Client of the SDK for it.
 *
 * A file that needs a server outside of this form has `startServer` (start-server.mjs), scripts too. Each takes
 * 0.3 s (VersityGW), 0.7 s (MinIO, moto) or 2.5 s (Ceph RGW) to start and 100 to 250 MiB, so each spec file has its own: a
 * test that breaks, pauses or fills one harms no other file.
 */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { within } from '../support/within.js';
import { catalogue, isInstalled, serverNames, type ServerName } from './catalogue.mjs';
import { defineAbsence } from './absence.js';
import { ownEndpoint } from './own-endpoint.js';
import { closeSdkClient } from './sdk-client.js';
import { startServer, type S3Server } from './start-server.mjs';

/** A server that runs, or the one that S3_TEST_ENDPOINT names. */
export type TestServer = Omit<S3Server, 'name'> & {
  readonly name: ServerName | 'own';
  /** An existing bucket that tests must stay in (S3_TEST_BUCKET), below a prefix. Absent: they make buckets. */
  readonly bucket?: string;
  readonly prefix?: string;
};

export interface DescribeServersOptions {
  /** Default: all. */
  readonly only?: readonly ServerName[];
  /** Whether they serve https. Default: false. */
  readonly tls?: boolean;
  /** Whether `define` is called for S3_TEST_ENDPOINT too, when that is set. Default: false. */
  readonly own?: boolean;
}

/** Calls `define` in a describe for each server. `server()` works in hooks and tests. */
export function describeServers(
  { only = serverNames, tls = false, own = false }: DescribeServersOptions,
  define: (server: () => TestServer, name: TestServer['name']) => void,
): void {
  for (const name of only) {
    describe(`on ${catalogue[name].title}${tls ? ' over https' : ''}`, () => {
      if (isInstalled(name)) define(useServer(name, tls), name);
      else defineAbsence(name);
    });
  }
  const endpoint = own ? ownEndpoint() : undefined;
  if (endpoint) {
    describe('on the server of S3_TEST_ENDPOINT', () => {
      afterAll(() => closeSdkClient(endpoint));
      define(() => endpoint, 'own');
    });
  }
}

/** Starts the server before the tests of the describe around it, and stops it after them. */
function useServer(name: ServerName, tls: boolean): () => TestServer {
  let server: S3Server | undefined;
  beforeAll(async () => {
    server = await startServer(name, { tls });
  }, 90_000);
  afterAll(async () => {
    if (!server) return;
    closeSdkClient(server);
    await within(server.stop(), `the end of ${name}`, 30_000);
  }, 40_000);
  return () => {
    if (!server) throw new Error(`${name} runs only in hooks and tests`);
    return server;
  };
}
