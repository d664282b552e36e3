import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { multipartContract } from './multipart.contract.js';

const create = (durability: 'full' | 'rename') => async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-contract-'));
  const backend = new LocalBackend({ root: join(folder, 'root'), durability });
  return {
    backend,
    async destroy() {
      await backend.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

for (const durability of ['full', 'rename'] as const)
  multipartContract(`local, durability ${durability}`, { create: create(durability) });

multipartContract('local, scoped', {
  create: create('rename'),
  service: (backend) => new StorageService('test', backend).scoped('tenant'),
});
