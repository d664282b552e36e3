import { expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { disk } from '../../../src/backends/local/disk.js';
import { StorageHttpModule, type ListAnswer } from '../../../src/http/index.js';
import { foldingDisk } from '../../backends/local/support/folding-disk.js';
import { SECRET } from '../direct/direct-places.js';
import { boot, storages } from '../harness.js';
import { describeAdapters } from '../support/adapters.js';

const HIDDEN = 'pénding/direct/1';
const TWINS = [
  'P\u00c9NDING/direct/1',
  'P\u00c9NDING/DIRECT/1',
  'pe\u0301nding/direct/1',
  'PE\u0301nding/Direct/1',
];

describeAdapters('What is not admitted yet, on a file system that takes two names for one', () => {
  it('is reached by no other spelling of its prefix', async () => {
    const root = await mkdtemp(join(tmpdir(), 'stowage-folded-'));
    let url = '';
    const signing = { secret: SECRET, storage: 'documents', baseUrl: () => url };
    const backend = new LocalBackend({ root, durability: 'rename', signing, disk: foldingDisk(disk) });
    const harness = await boot(
      [
        storages({ documents: backend }),
        StorageHttpModule.forRoot({
          storages: {
            documents: {
              operations: ['upload', 'get', 'list', 'delete', 'presign', 'direct'],
              pendingPrefix: 'pénding/',
            },
          },
          authorize: () => true,
          secret: SECRET,
        }),
      ],
      {
        async destroy() {
          await backend.close();
          await rm(root, { recursive: true });
        },
      },
    );
    ({ url } = harness);
    await harness.storage.put(HIDDEN, 'hidden');
    const at = (path: string, init?: RequestInit) => fetch(`${url}/api/documents/${path}`, init);
    for (const twin of TWINS) {
      const path = `objects/${encodeURIComponent(twin)}`;
      for (const method of ['GET', 'HEAD', 'DELETE'])
        expect([404, 409]).toContain((await at(path, { method })).status);
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const body = JSON.stringify({ method, key: twin, ...(method === 'PUT' && { size: 5 }) });
        const headers = { 'content-type': 'application/json' };
        const signed = (await (await at('presign', { method: 'POST', body, headers })).json()) as {
          url: string;
          headers: Record<string, string>;
        };
        const used = await fetch(signed.url, {
          method,
          headers: signed.headers,
          ...(method === 'PUT' && { body: 'other' }),
        });
        expect([404, 409]).toContain(used.status);
      }
      const prefix = encodeURIComponent(twin.slice(0, -1));
      const page = (await (await at(`objects?prefix=${prefix}`)).json()) as ListAnswer;
      expect([page.objects, page.prefixes, page.cursor]).toEqual([[], [], undefined]);
    }
    expect(await harness.storage.text(HIDDEN)).toBe('hidden');
    await harness.close();
  });
});
