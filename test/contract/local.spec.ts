import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { backendContract } from './backend.contract.js';

for (const durability of ['full', 'rename'] as const) {
  backendContract(`local, durability ${durability}`, {
    async create() {
      const folder = await mkdtemp(join(tmpdir(), 'stowage-contract-'));
      const backend = new LocalBackend({ root: join(folder, 'root'), durability });
      return {
        backend,
        async destroy() {
          await backend.close();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    features: {
      keyBelowKey: 'a path is a file or a directory, not both',
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
}
