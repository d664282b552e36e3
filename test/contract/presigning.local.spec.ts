import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { StorageHttpModule } from '../../src/http/index.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { boot, type Harness } from '../http/harness.js';
import { presigningContract } from './presigning.contract.js';

presigningContract('local, through an application', {
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-signed-'));
    const servers: Harness[] = [];
    const backend = new LocalBackend({
      root: join(folder, 'root'),
      durability: 'rename',
      signing: {
        secret: 'a secret of the tests, long enough',
        baseUrl: () => servers[0]?.url ?? '',
        storage: 'documents',
      },
    });
    const server = await boot([
      StorageModule.forRoot({ name: 'documents', backend }),
      StorageHttpModule.forRoot({
        storages: { documents: { operations: ['list'] } },
        authorize: () => false,
      }),
    ]);
    servers.push(server);
    return {
      storage: server.storage,
      async destroy() {
        await server.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
  features: {
    post: 'there are no forms',
    host: 'an application may have any number of names',
  },
  refusedKeys: {
    'segment of 256 bytes': 'NAME_MAX is 255',
    'segment of 256 bytes in emoji': 'NAME_MAX is 255',
    'one segment of 1,024 bytes': 'NAME_MAX is 255',
    'own folder': 'metadata, locks and temporary files are there',
    'own folder deeper': 'another root may lie in this one',
    'own folder in upper case': 'on a file system that folds case it is the own folder',
  },
});
