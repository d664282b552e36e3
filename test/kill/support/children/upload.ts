import { appendFileSync } from 'node:fs';
import { StorageError } from '../../../../src/core/error.js';
import { FileBody } from '../../../../src/core/file-body.js';
import type { Layer } from '../../../../src/core/layer.js';
import { withLayers, type LayeredBackend } from '../../../../src/core/layered-backend.js';
import { MultipartUploads } from '../../../../src/core/multipart-uploads.js';
import { DirectoryTransferStore } from '../../../../src/transfer/resume/directory-transfer-store.js';
import { newTransfers } from '../../../../src/transfer/transfers.js';
import type { UploadHandle } from '../../../../src/transfer/resume/upload-handle.js';
import { Uploads } from '../../../../src/transfer/resume/uploads.js';
import { openTarget } from '../../../support/child-target.js';
import type { UploadConfig } from '../upload-config.js';

/** Uploads a file, or goes on with it, and dies where it is told to. */
const { target, key, source, records, partSize, concurrency, log, death } = JSON.parse(
  process.argv[2] ?? '',
) as UploadConfig;

let part = 0;
const dies = (point: string): void => {
  if (death?.point !== point || (death.part !== undefined && death.part !== part)) return;
  process.kill(process.pid, 'SIGKILL');
};

const mortal: Layer = async (operation, next) => {
  const { name } = operation;
  if (name === 'MultipartUploads.putPart') {
    part++;
    dies('before-part');
    appendFileSync(log, 'sent\n');
  }
  if (name === 'MultipartUploads.complete') dies('before-complete');
  const result = await next(operation);
  if (name === 'MultipartUploads.begin') dies('after-begin');
  if (name === 'MultipartUploads.putPart') {
    appendFileSync(log, 'stored\n');
    dies('after-part');
  }
  if (name === 'MultipartUploads.complete') {
    dies('after-complete');
    appendFileSync(log, 'completed\n');
  }
  return result;
};

const backend = withLayers(await openTarget(target, { durability: 'rename' }), 'test', [mortal]);
const uploads = new Uploads({ storage: 'test', backend, parts: () => partsOf(backend), ...newTransfers() });
const upload = await open();
process.send?.('running');
const { size, etag } = await upload.done;
await backend.close();
process.send?.({ size, etag });
process.disconnect();

async function open(): Promise<UploadHandle> {
  const resumable = new DirectoryTransferStore(records);
  try {
    return await uploads.resume(key, new FileBody(source), { resumable, concurrency });
  } catch (error) {
    if (!StorageError.is(error, 'NOT_FOUND') || error.reason !== 'record') throw error;
    return uploads.start(key, new FileBody(source), { resumable, partSize, concurrency });
  }
}

function partsOf(layered: LayeredBackend): MultipartUploads {
  const found = layered.capability(MultipartUploads);
  if (!found) throw new Error('The backend takes no parts');
  return found;
}
