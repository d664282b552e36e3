import { Logger } from '@nestjs/common';
import { observe } from './observe.js';
import { makesLayers } from '../core/layer-factory.js';
import type { Layer } from '../core/layer.js';

/** Writes failures as warnings and the rest as debug lines, with key and duration, to Nest's logger. */
export function log(logger: Pick<Logger, 'debug' | 'warn'> = new Logger('Storage')): Layer {
  return observe(({ name, storage, scope, key }, { code, seconds, error }) => {
    const line = `${storage} ${name} ${JSON.stringify(scope + key)} ${code} ${(seconds * 1000).toFixed(1)} ms`;
    if (code === 'OK' || code === 'NOT_FOUND' || code === 'NOT_MODIFIED') logger.debug(line);
    else logger.warn(error?.reason === undefined ? line : `${line} (${error.reason})`);
  });
}
makesLayers(log);
