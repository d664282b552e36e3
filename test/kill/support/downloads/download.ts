import { appendFileSync } from 'node:fs';
import type { StorageBackend } from '../../../../src/core/backend.js';
import { withLayers } from '../../../../src/core/layered-backend.js';
import { download } from '../../../../src/transfer/download/download.js';
import type { DownloadConfig } from './config.js';

const { from, key, to, partSize, concurrency, log } = JSON.parse(process.argv[2]!) as DownloadConfig;

async function open(): Promise<StorageBackend> {
  if (from.kind === 'local') {
    const { LocalBackend } = await import('../../../../src/backends/local/backend.js');
    return new LocalBackend({ root: from.root });
  }
  const { S3Backend } = await import('../../../../src/backends/s3/backend.js');
  return new S3Backend(from.options);
}

const backend = await open();
const get = backend.get.bind(backend);
backend.get = (name, options) => {
  const { start, end } = options.range ?? {};
  appendFileSync(log, `${start}-${end}\n`);
  return get(name, options);
};
process.send!('running');
const { resumedFrom, startedOver, verified } = await download(withLayers(backend, 'test'), 'test', key, {
  to,
  partSize,
  concurrency,
  resume: true,
});
process.send!({ resumedFrom, startedOver, verified });
await backend.close?.();
process.disconnect();
