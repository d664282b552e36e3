import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

/** A folder for each test, removed after it. */
export function useFolder(): { readonly path: string; at(name: string): string; names(): string[] } {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'stowage-download-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    at: (name) => join(path, name),
    names: () => readdirSync(path).sort(),
  };
}
