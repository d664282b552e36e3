import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

const MiB = 1 << 20;
const CHUNK = 64 * 1024;
const block = Buffer.alloc(MiB, 'stowage ');

/** A stream of `mib` MiB in chunks as a socket gives them. */
export function source(mib) {
  let left = mib * MiB;
  let at = 0;
  return new Readable({
    highWaterMark: CHUNK,
    read() {
      if (left === 0) return this.push(null);
      const length = Math.min(left, CHUNK);
      left -= length;
      const from = at;
      at = (at + length) % MiB;
      this.push(block.subarray(from, from + length));
    },
  });
}

/** The path of a file of `mib` MiB, made when it is not there. */
export function fileOf(directory, mib) {
  const path = join(directory, `source-${mib}`);
  if (existsSync(path)) return path;
  const file = openSync(`${path}.new`, 'w');
  for (let i = 0; i < mib; i++) writeSync(file, block);
  closeSync(file);
  renameSync(`${path}.new`, path);
  return path;
}
