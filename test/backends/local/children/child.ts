import { LocalBackend, type LocalBackendOptions } from '../../../../src/backends/local/backend.js';
import { withLayers, type LayeredBackend } from '../../../../src/core/layered-backend.js';

/** Tells the test what there is to tell. */
export const say = (message: unknown): void => void process.send?.(message);

export const open = (options: LocalBackendOptions): { backend: LocalBackend; storage: LayeredBackend } => {
  const backend = new LocalBackend(options);
  return { backend, storage: withLayers(backend, 'child') };
};

/** Runs `work` with what the test passed; then nothing may keep the process from its end. */
export async function child<T>(work: (config: T) => Promise<unknown>): Promise<void> {
  const result = await work(JSON.parse(process.argv[2] ?? '{}') as T);
  if (result !== undefined) say(result);
  process.disconnect();
}

/** The next message of the test. */
export const hear = (): Promise<unknown> => new Promise((resolve) => process.once('message', resolve));

export const text = async (body: AsyncIterable<unknown>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};
