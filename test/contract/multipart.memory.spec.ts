import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { concurrency } from '../../src/layers/concurrency.js';
import { log } from '../../src/layers/log.js';
import { metrics } from '../../src/layers/metrics.js';
import { timeout } from '../../src/layers/timeout.js';
import { StorageService } from '../../src/storage/storage.service.js';
import { multipartContract } from './multipart.contract.js';

const create = () => Promise.resolve({ backend: new MemoryBackend() });
const quiet = { debug: () => undefined, warn: () => undefined };

multipartContract('memory', { create });

multipartContract('memory behind layers', {
  create,
  layers: () => [log(quiet), metrics({ record: () => undefined }), timeout(60_000), concurrency(4)],
});

multipartContract('memory, scoped', {
  create,
  service: (backend) => new StorageService('test', backend).scoped('tenant').scoped('1'),
});
