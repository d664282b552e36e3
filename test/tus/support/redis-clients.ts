import { createClient } from '@redis/client';
import { Redis } from 'ioredis';
import type { SendRedisCommand } from '../../../src/tus/index.js';
import type { RedisServer } from '../../servers/start-server.mjs';

/** A client of Redis, as applications have it. */
export interface RedisTestClient {
  readonly send: SendRedisCommand;
  readonly close: () => void;
}

/** The libraries that people use, each with its own settings. */
export const redisClients: Readonly<
  Record<string, (server: Pick<RedisServer, 'endpoint'>) => Promise<RedisTestClient>>
> = {
  async '@redis/client'({ endpoint }) {
    const client = createClient({ url: endpoint });
    // It tells of lost connections, and connects again.
    client.on('error', () => undefined);
    await client.connect();
    return { send: (command) => client.sendCommand(command), close: () => client.destroy() };
  },
  ioredis({ endpoint }) {
    const client = new Redis(endpoint);
    client.on('error', () => undefined);
    return Promise.resolve({
      send: (command) => client.call(...command),
      close: () => client.disconnect(),
    });
  },
};
