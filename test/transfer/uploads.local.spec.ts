import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { uploadsContract } from './uploads.contract.js';

uploadsContract('local disk', {
  create() {
    const root = mkdtempSync(join(tmpdir(), 'stowage-uploads-root-'));
    return Promise.resolve({
      backend: new LocalBackend({ root, durability: 'rename' }),
      destroy: () => Promise.resolve(rmSync(root, { recursive: true, force: true })),
    });
  },
  partSize: 40_000,
});
