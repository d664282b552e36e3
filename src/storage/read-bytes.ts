import { toBytes } from '../core/body.js';
import { StorageError } from '../core/error.js';
import type { LayeredBackend } from '../core/layered-backend.js';
import type { ObjectContent } from '../core/object.js';
import type { OperationOptions } from '../core/options.js';

/** All bytes of what a `get` of `backend` gave. @throws StorageError INTEGRITY when they are fewer or more than it said. */
export async function readBytes(
  backend: LayeredBackend,
  storage: string,
  { info, range, body }: ObjectContent,
  { signal }: OperationOptions,
): Promise<Buffer> {
  const { key } = info;
  const expected = range ? range.end - range.start + 1 : info.size;
  const bytes = await toBytes(body, { signal, failure: (error) => backend.bodyError(error, key) });
  if (bytes.length === expected) return bytes;
  const what = `${storage}: ${JSON.stringify(key)} gave ${bytes.length} of ${expected} bytes`;
  throw new StorageError('INTEGRITY', what, { storage, operation: 'get', key });
}
