import { readdirSync, readlinkSync } from 'node:fs';

/** Files below `folder` that this process has open. */
export function openIn(folder: string): string[] {
  const found: string[] = [];
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      if (path.startsWith(`${folder}/`)) found.push(path);
    } catch {
      // That of the directory itself, which is closed by now.
    }
  }
  return found;
}
