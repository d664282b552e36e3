import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of libraries below `path`, where packages were unpacked: those of the architecture, whatever its name. */
export function librariesIn(path) {
  return ['usr/lib', 'lib'].flatMap((folder) => {
    try {
      return readdirSync(join(path, folder))
        .filter((name) => name.includes('-linux-'))
        .map((name) => join(path, folder, name));
    } catch {
      return [];
    }
  });
}
