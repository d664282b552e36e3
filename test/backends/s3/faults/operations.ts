import type { StorageService } from '../../../../src/storage/storage.service.js';
import type { FaultBench } from './support.js';

/** One request of a storage, on the two objects that are there. */
export interface FaultOperation {
  /** Of the request that it makes. */
  readonly method: string;
  readonly run: (storage: StorageService, bench: FaultBench, signal?: AbortSignal) => Promise<unknown>;
  /** Whether it had its effect. Absent: it has none. */
  readonly done?: (bench: FaultBench) => boolean;
  /** Whether it may be sent again when its fate is not known; else it ends with OUTCOME_UNKNOWN. */
  readonly repeatable: boolean;
  /** Whether its answer may take as long as the whole request: the server has work to do. */
  readonly patient?: boolean;
}

const NEW = 'new body';
const holds = (key: string, text: string) => (bench: FaultBench) =>
  bench.server.s3.objects.get(key)?.body.toString() === text;
const gone = (key: string) => (bench: FaultBench) => !bench.server.s3.objects.has(key);

/** Every operation that is one request, by name. */
export const operations: Readonly<Record<string, FaultOperation>> = {
  put: {
    method: 'PUT',
    run: (storage, _, signal) => storage.put('a', NEW, { signal }),
    done: holds('a', NEW),
    repeatable: true,
  },
  'put ifAbsent': {
    method: 'PUT',
    run: (storage, _, signal) => storage.put('n', NEW, { ifAbsent: true, signal }),
    done: holds('n', NEW),
    repeatable: true,
  },
  'put ifMatch': {
    method: 'PUT',
    run: (storage, { etag }, signal) => storage.put('a', NEW, { ifMatch: etag('a'), signal }),
    done: holds('a', NEW),
    repeatable: true,
  },
  get: { method: 'GET', run: (storage, _, signal) => storage.bytes('a', { signal }), repeatable: true },
  'get a range': {
    method: 'GET',
    run: (storage, _, signal) => storage.bytes('a', { range: { start: 1, end: 2 }, signal }),
    repeatable: true,
  },
  head: { method: 'HEAD', run: (storage, _, signal) => storage.head('a', { signal }), repeatable: true },
  exists: { method: 'HEAD', run: (storage, _, signal) => storage.exists('a', { signal }), repeatable: true },
  list: { method: 'GET', run: (storage, _, signal) => storage.page({ signal }), repeatable: true },
  delete: {
    method: 'DELETE',
    run: (storage, _, signal) => storage.delete('a', { signal }),
    done: gone('a'),
    repeatable: true,
  },
  'delete ifMatch': {
    method: 'DELETE',
    run: (storage, { etag }, signal) => storage.delete('a', { ifMatch: etag('a'), signal }),
    done: gone('a'),
    repeatable: false,
  },
  deleteMany: {
    method: 'POST',
    run: async (storage, _, signal) => {
      const [, failed] = await storage.deleteMany(['a', 'c'], { signal });
      if (failed?.error) throw failed.error;
    },
    done: (bench) => gone('a')(bench) && gone('c')(bench),
    repeatable: true,
    patient: true,
  },
  copy: {
    method: 'PUT',
    run: (storage, _, signal) => storage.copy('c', 'a', { signal }),
    done: holds('a', 'old c'),
    repeatable: true,
    patient: true,
  },
  'copy ifAbsent': {
    method: 'PUT',
    run: (storage, _, signal) => storage.copy('c', 'n', { ifAbsent: true, signal }),
    done: holds('n', 'old c'),
    repeatable: false,
    patient: true,
  },
};
