import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const project = fileURLToPath(new URL('../..', import.meta.url));
/** The sources that a child process needs, as JavaScript in a folder of their own. */
export interface Compiled {
  readonly folder: string;
  remove(): void;
}

/** @param sources Folders, from the project's root: nothing of Nest where a child has to start quickly. */
export function compile(sources: readonly string[]): Compiled {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-children-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  for (const source of sources) {
    for (const entry of readdirSync(join(project, source), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.spec.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      const target = join(folder, path.slice(project.length)).replace(/\.ts$/, '.js');
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, javascript(readFileSync(path, 'utf8')));
    }
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function javascript(code: string): string {
  return transformSync(code, {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'es6' },
  }).code;
}
