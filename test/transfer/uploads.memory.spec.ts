import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { uploadsContract } from './uploads.contract.js';

uploadsContract('memory', {
  create: () => Promise.resolve({ backend: new MemoryBackend() }),
  partSize: 40_000,
});
