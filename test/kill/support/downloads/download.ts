import { appendFileSync } from 'node:fs';
import { withLayers } from '../../../../src/core/layered-backend.js';
import { download } from '../../../../src/transfer/download/download.js';
import { openTarget } from '../../../support/child-target.js';
import type { DownloadConfig } from './config.js';

const { from, key, to, partSize, concurrency, log } = JSON.parse(process.argv[2]!) as DownloadConfig;

const backend = await openTarget(from);
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
