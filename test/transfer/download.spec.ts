import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBackend } from '../../src/backends/local/backend.js';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { downloadSuite } from './download-suite.js';

downloadSuite(
  'from memory',
  () => Promise.resolve({ backend: new MemoryBackend(), destroy: () => Promise.resolve() }),
  'crc32',
);

downloadSuite(
  'from local disk',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'stowage-root-'));
    const backend = new LocalBackend({ root });
    const destroy = async () => {
      await backend.close();
      await rm(root, { recursive: true, force: true });
    };
    return { backend, destroy };
  },
  'crc32',
);
