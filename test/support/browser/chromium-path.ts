import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the command `chromium` is. */
export function chromiumPath(): string {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/bin`.split(delimiter).filter(Boolean);
  for (const folder of folders) {
    try {
      const path = join(folder, 'chromium');
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // It is elsewhere.
    }
  }
  throw new Error('There is no chromium on the PATH');
}
