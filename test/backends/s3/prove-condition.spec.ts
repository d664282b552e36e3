import { expect, it } from '@jest/globals';
import { StorageService } from '../../../src/storage/storage.service.js';
import { s3Place } from '../../contract/s3-place.js';
import { describeServers } from '../../servers/s3-servers.js';
import { expectCode } from '../../support/errors.js';
import { keysOf } from '../../contract/delete.contract.js';

/** What an unknown server turns out to honour. */
const HONOURED: Readonly<Record<string, { readonly absent: boolean; readonly match: boolean }>> = {
  minio: { absent: true, match: true },
  'ceph-rgw': { absent: true, match: false },
};

describeServers({ only: ['minio', 'ceph-rgw'] }, (server) => {
  it('relies on a condition of an unknown server only once it is proven, and leaves nothing behind', async () => {
    const { backend, destroy } = await s3Place(server(), { profile: 'other' });
    const storage = new StorageService('test', backend);
    const { absent, match } = HONOURED[server().name]!;
    try {
      const { etag } = await storage.put('d/k', 'one');
      const create = storage.put('d/k', 'two', { ifAbsent: true });
      await expectCode(create, absent ? 'ALREADY_EXISTS' : 'UNSUPPORTED');
      const replace = storage.put('d/k', 'three', { ifMatch: etag });
      if (match) await replace;
      else await expectCode(replace, 'UNSUPPORTED');
      expect(await storage.text('d/k')).toBe(match ? 'three' : 'one');
      expect(await keysOf(storage)).toEqual(['d/k']);
    } finally {
      await backend.close?.();
      await destroy?.();
    }
  });
});
