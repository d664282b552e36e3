import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { type ImportFound, scanImports } from './imports.js';
import { type FolderRule } from './rules.js';

/** A source file: its path from the project's root, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The parts of package.json that say what is declared. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

type Rules = Readonly<Record<string, FolderRule>>;

const isRelative = (specifier: string): boolean => /^\.{1,2}(\/|$)/.test(specifier);
const isWithin = (folder: string, parent: string): boolean =>
  folder === parent || folder.startsWith(`${parent}/`);
const at = (file: SourceFile, found: ImportFound): string => `${file.path}:${found.line}`;

/** `@scope/name` or `name`; `undefined` for relative paths, Node's modules and `#` imports. */
export function packageOf(specifier: string): string | undefined {
  if (isRelative(specifier) || specifier.startsWith('/') || specifier.startsWith('#')) return undefined;
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The TypeScript file that a relative specifier means. */
function resolveRelative(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

/** The folder of the table that a file of `src` belongs to. */
function folderOf(path: string, rules: Rules): string | undefined {
  const inSrc = path.replace(/^src\//, '');
  const folder = inSrc === 'index.ts' ? 'index' : posix.dirname(inSrc);
  return Object.keys(rules)
    .filter((candidate) => isWithin(folder, candidate))
    .sort((a, b) => b.length - a.length)[0];
}

/** Imports in `src` that the table of folders does not allow. */
export function checkDirections(files: readonly SourceFile[], rules: Rules): string[] {
  const known = new Set(files.map((file) => file.path));
  return files.flatMap((file) => {
    const own = folderOf(file.path, rules);
    const rule = own === undefined ? undefined : rules[own];
    if (own === undefined || rule === undefined) return [`${file.path}: its folder has no line in the table`];
    return scanImports(file.path, file.text).flatMap((found) => {
      const { specifier } = found;
      if (specifier === undefined) return [`${at(file, found)} computes an import: write the specifier out`];
      if (!isRelative(specifier)) {
        const name = packageOf(specifier);
        if (name === undefined || rule.packages.includes(name)) return [];
        return [`${at(file, found)} imports the package ${name}: ${own} may not`];
      }
      const target = resolveRelative(file.path, specifier);
      if (!known.has(target)) return [`${at(file, found)} imports ${specifier}: no such file in src`];
      const folder = folderOf(target, rules);
      if (folder === own) return [];
      if (folder !== undefined && rule.folders.some((allowed) => isWithin(folder, allowed))) return [];
      return [`${at(file, found)} imports ${target}: ${own} may not import ${folder ?? 'that folder'}`];
    });
  });
}

/** Rings of files that import each other, each named once. */
export function checkCycles(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map((file) => file.path));
  const graph = new Map(
    files.map((file) => [
      file.path,
      scanImports(file.path, file.text)
        .flatMap(({ specifier }) => (specifier && isRelative(specifier) ? [specifier] : []))
        .map((specifier) => resolveRelative(file.path, specifier))
        .filter((target) => known.has(target)),
    ]),
  );
  const cycles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const walk = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of graph.get(path) ?? []) walk(target);
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) walk(path);
  return cycles;
}

/** Files with more lines than the limit. */
export function checkLengths(files: readonly SourceFile[], limit: number): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines > limit ? [`${path} has ${lines} lines: at most ${limit}`] : [];
  });
}

/** Node's modules imported without their `node:` prefix. */
export function checkBuiltins(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    scanImports(file.path, file.text)
      .filter(({ specifier }) => specifier !== undefined && builtinModules.includes(specifier))
      .filter(({ specifier }) => !specifier?.startsWith('node:'))
      .map((found) => `${at(file, found)} imports ${found.specifier}: write node:${found.specifier}`),
  );
}

/**
 * Packages used but not declared. What is published (`src` but for `src/app`) needs a dependency or a peer
 * dependency; the rest may use development dependencies too. `@types/x` declares the types of `x` only.
 */
export function checkPackages(files: readonly SourceFile[], manifest: Manifest): string[] {
  const published = { ...manifest.dependencies, ...manifest.peerDependencies };
  const all = { ...published, ...manifest.devDependencies };
  return files.flatMap((file) => {
    const isPublished = file.path.startsWith('src/') && !file.path.startsWith('src/app/');
    const declared = isPublished ? published : all;
    return scanImports(file.path, file.text).flatMap((found) => {
      const name = found.specifier === undefined ? undefined : packageOf(found.specifier);
      if (name === undefined || name in declared) return [];
      if (name === manifest.name && !file.path.startsWith('src/')) return [];
      if (found.typeOnly && `@types/${name.replace(/^@(.+)\//, '$1__')}` in declared) return [];
      const missing = isPublished ? 'a dependency or a peer dependency' : 'any dependency';
      return [`${at(file, found)} imports ${name}, which package.json does not declare as ${missing}`];
    });
  });
}
