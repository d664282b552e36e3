import { afterAll, beforeAll, describe } from '@jest/globals';
import { within } from '../support/within.js';
import { defineAbsence } from './absence.js';
import { catalogue, isInstalled } from './catalogue.mjs';
import { startServer, type RedisServer } from './start-server.mjs';

/**
 * Calls `define` in a describe with a Redis of its own, which runs while its tests do: `server()` works in hooks and tests.
 * Its absence becomes a test, as that of the servers of describeServers.
 */
export function describeRedis(define: (server: () => RedisServer) => void): void {
  describe(`on ${catalogue.redis.title}`, () => {
    if (isInstalled('redis')) define(useRedis());
    else defineAbsence('redis');
  });
}

function useRedis(): () => RedisServer {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    server = await startServer('redis');
  }, 90_000);
  afterAll(async () => {
    if (server) await within(server.stop(), 'the end of Redis', 30_000);
  }, 40_000);
  return () => {
    if (!server) throw new Error('Redis runs only in hooks and tests');
    return server;
  };
}
