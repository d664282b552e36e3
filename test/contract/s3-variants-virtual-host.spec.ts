import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { afterAll, expect, it } from '@jest/globals';
import { describeServers } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { versitygw } from './s3-differences.js';
import { s3Place } from './s3-place.js';

describeServers({ only: ['versitygw'] }, (server) => {
  const names = new Set<string>();
  /** Nobody but us knows `bucket.localhost`. */
  const lookup: LookupFunction = (name, { all }, answer) => {
    names.add(name);
    if (all) answer(null, [{ address: '127.0.0.1', family: 4 }]);
    else answer(null, '127.0.0.1', 4);
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 50, lookup });
  afterAll(() => agent.destroy());

  backendContract('S3 on VersityGW, with the bucket in the name of the host', {
    create: () => {
      const { port } = new URL(server().endpoint);
      return s3Place(server(), { endpoint: `http://localhost:${port}`, forcePathStyle: false, agent });
    },
    ...versitygw,
    runs: 3,
  });

  it('has asked for no other host', () => {
    expect([...names].filter((name) => !/^stowage-[0-9a-f]+\.localhost$/.test(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(0);
  });
});
