import { readFileSync, readlinkSync } from 'node:fs';

/** The way to `/proc`, which is memory: so what it gives is read at once. */
export interface Proc {
  procLink(path: string): string;
  procFile(path: string): string;
}

export const proc: Proc = {
  procLink: (path) => readlinkSync(path),
  procFile: (path) => readFileSync(path, 'utf8'),
};
