import { afterEach, describe, expect, it } from '@jest/globals';
import { LeaseFile } from '../../src/http/pending/lock/lease-file.js';
import { Lease } from '../../src/http/pending/lock/lease.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { forEachPlace, type OpenPlace } from '../http/support/places.js';

forEachPlace(
  (place) => {
    describe('the lease of an upload', () => {
      let opened: OpenPlace | undefined;
      afterEach(() => opened?.destroy());

      it('stays with who renews it, however long the others wait', async () => {
        opened = await place.open();
        const file = new LeaseFile(new StorageService('documents', opened.backend), 'lock');
        const times = { leaseMs: 2_500 };
        const held = await Lease.take(file, 'one', times, AbortSignal.timeout(15_000), () => undefined);
        const taken = Lease.take(file, 'two', times, AbortSignal.timeout(6_000), () => undefined);
        await expect(taken).rejects.toThrow(/timeout/);
        await held.release();
        expect(await file.read()).toBeUndefined();
      });
    });
  },
  ['express'],
  ['memory', 'local', 'minio'],
);
