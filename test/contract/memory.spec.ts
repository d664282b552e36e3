import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { backendContract } from './backend.contract.js';

backendContract('memory', { create: () => Promise.resolve({ backend: new MemoryBackend() }) });
