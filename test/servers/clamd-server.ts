import { afterAll, beforeAll, describe } from '@jest/globals';
import { within } from '../support/within.js';
import { defineAbsence } from './absence.js';
import { catalogue, isInstalled } from './catalogue.mjs';
import { startServer, type ClamdServer } from './start-server.mjs';

/**
 * Calls `define` in a describe with a clamd of its own, which runs while its tests do: `server()` works in hooks and tests.
 * Its absence becomes a test, as that of the servers of describeServers.
 */
export function describeClamd(define: (server: () => ClamdServer) => void): void {
  describe(`on ${catalogue.clamd.title}`, () => {
    if (isInstalled('clamd')) define(useClamd());
    else defineAbsence('clamd');
  });
}

function useClamd(): () => ClamdServer {
  let server: ClamdServer | undefined;
  beforeAll(async () => {
    server = await startServer('clamd');
  }, 90_000);
  afterAll(async () => {
    if (server) await within(server.stop(), 'the end of clamd', 30_000);
  }, 40_000);
  return () => {
    if (!server) throw new Error('clamd runs only in hooks and tests');
    return server;
  };
}
