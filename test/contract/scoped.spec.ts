import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { backendContract } from './backend.contract.js';

const LONGER = 'with the prefix of the scope it is longer than 1,024 bytes';
const CONFINED = 'in a scope the empty prefix means the scope';

/** A memory backend with objects around the scope: they must never show. */
async function crowded(): Promise<MemoryBackend> {
  const backend = new MemoryBackend();
  for (const key of [
    'a',
    'k',
    'tenant',
    'tenant/1',
    'tenant/1x',
    'tenant/10/k',
    'tenant/0/k',
    'x/y',
    '\uffff',
  ]) {
    await backend.put(key, Buffer.from('foreign'), {});
  }
  return backend;
}

backendContract('scoped, around memory', {
  create: async () => ({ backend: await crowded() }),
  service: (backend) => new StorageService('test', backend).scoped('tenant/1'),
  skips: { 'refuses to delete everything by an empty prefix': CONFINED },
  refusedKeys: { '1,024 bytes': LONGER, 'one segment of 1,024 bytes': LONGER, '512 folders': LONGER },
});

backendContract('scoped twice, around memory', {
  create: async () => ({ backend: await crowded() }),
  service: (backend) => new StorageService('test', backend).scoped('tenant').scoped('1/'),
  skips: { 'refuses to delete everything by an empty prefix': CONFINED },
  refusedKeys: { '1,024 bytes': LONGER, 'one segment of 1,024 bytes': LONGER, '512 folders': LONGER },
});
