import { StorageService } from '../../src/storage/storage.service.js';
import { describeServers, type TestServer } from '../servers/s3-servers.js';
import { backendContract } from './backend.contract.js';
import { cephRgw } from './s3-differences.js';
import { s3Place } from './s3-place.js';
import type { Place } from './suite.js';

const LONGER = 'with the prefix of the scope it is longer than 1,024 bytes';
const CONFINED = 'in a scope the empty prefix means the scope';

/** A bucket with objects around the scope: they must never show. */
async function crowded(server: TestServer): Promise<Place> {
  const place = await s3Place(server);
  const put = (key: string) => place.backend.put(key, Buffer.from('foreign'), {});
  await Promise.all(['k', 'tenant/1', 'tenant/1x', 'tenant/0/k', 'tenant/10/k'].map(put));
  return place;
}

describeServers({ only: ['ceph-rgw'] }, (server) => {
  backendContract('S3 on Ceph RGW, scoped', {
    create: () => crowded(server()),
    service: (backend) => new StorageService('test', backend).scoped('tenant/1'),
    ...cephRgw,
    skips: { ...cephRgw.skips, 'refuses to delete everything by an empty prefix': CONFINED },
    refusedKeys: { '1,024 bytes': LONGER, 'one segment of 1,024 bytes': LONGER, '512 folders': LONGER },
    runs: 3,
  });
});
