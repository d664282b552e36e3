import { Readable } from 'node:stream';
import { S3Backend } from '../../../src/backends/s3/backend.js';
import { aws } from '../../../src/backends/s3/profiles/aws.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import { TransferMemory } from '../../../src/core/transfer-memory.js';
import { child } from '../../backends/local/children/child.js';

const MIB = 1024 * 1024;

export interface ManyPartsConfig {
  readonly endpoint: string;
  /** Bytes. */
  readonly part: number;
  readonly parts: number;
}

export interface ManyPartsReport {
  readonly size: number;
  /** MiB that are held, on the heap and beside it, each time that a tenth of the source was given. */
  readonly memory: readonly number[];
  /** Bytes of the memory for transfers that are held in the end. */
  readonly held: number;
}

/** What is no garbage: how much of that there is depends on how busy the machine is. */
function held(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
}

await child<ManyPartsConfig>(async ({ endpoint, part, parts }) => {
  const size = part * parts;
  const transferMemory = new TransferMemory(MIB);
  const backend = new S3Backend({
    endpoint,
    region: 'us-east-1',
    bucket: 'b',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    forcePathStyle: true,
    profile: { ...aws, minPart: part },
    partSize: part,
    transferMemory,
  });
  const memory: number[] = [];
  const chunk = Buffer.alloc(63 * 1024 + 1, 'x');
  let given = 0;
  const source = new Readable({
    read() {
      if (given === size) return void this.push(null);
      const bytes = chunk.subarray(0, size - given);
      given += bytes.length;
      if (given >= ((memory.length + 1) * size) / 10) memory.push(held());
      this.push(bytes);
    },
  });
  const info = await withLayers(backend, 'child').put('k', source, {});
  await backend.close();
  return { size: info.size, memory, held: transferMemory.held };
});
