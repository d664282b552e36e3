import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root, type Block } from './pages.js';

/** Where the examples are as far as the compiler knows; nothing is written there. */
const PLACE = 'test/docs/.examples';
/** What every example may use without saying so: pages about StorageService would begin with it each time. */
const AMBIENT = `declare global {
  /** A storage on local disk. */
  const storage: import('nestjs-stowage').StorageService;
}
export {};
`;

/** The entry points of the package, as files of `src`. */
export const ENTRIES = [
  'index',
  'http/index',
  'health/index',
  'testing/index',
  'backends/s3/index',
  'tus/index',
] as const;

/** The examples and the package's own sources as one program. */
export interface Project {
  /** What the compiler says of the example, by page and line. */
  problems(block: Block): readonly string[];
  /** Exported names of an entry point (`index`, `http/index` …), each with its doc comment. */
  exportsOf(entry: string): ReadonlyMap<string, string>;
  /** Writes a project that has the examples, and the package as one that is installed. */
  emit(folder: string): void;
}

/** The name of the module that an example becomes. */
export const moduleName = ({ page, line }: Block): string => `${page.replace(/\W/g, '-')}-${line}`;

const exampleOf = (block: Block): string => join(root, PLACE, `${moduleName(block)}.ts`);
const sourceOf = (name: string): string => join(root, 'src', `${name}.ts`);

export function compile(blocks: readonly Block[]): Project {
  const examples = blocks.map((block) => [exampleOf(block), block.code] as const);
  const virtual = new Map([...examples, [join(root, PLACE, 'ambient.d.ts'), AMBIENT]]);
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.parseJsonConfigFileContent(
    { compilerOptions: config.compilerOptions, files: [] },
    ts.sys,
    root,
  );
  Object.assign(options, {
    noEmit: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    inlineSources: false,
    paths: {
      'nestjs-stowage': [join(root, 'src/index.ts')],
      'nestjs-stowage/s3': [join(root, 'src/backends/s3/index.ts')],
      'nestjs-stowage/*': [join(root, 'src/*/index.ts')],
    },
  });
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => virtual.has(path) || disk.fileExists(path),
    readFile: (path) => virtual.get(path) ?? disk.readFile(path),
    getSourceFile: (path, how, ...rest) => {
      const text = virtual.get(path);
      return text === undefined
        ? disk.getSourceFile(path, how, ...rest)
        : ts.createSourceFile(path, text, how);
    },
  };
  const sources = [...ENTRIES, 'app/main'].map(sourceOf);
  const program = ts.createProgram([...virtual.keys(), ...sources], options, host);
  return {
    problems: (block) => problemsOf(program, block),
    exportsOf: (entry) => exportsOf(program, sourceOf(entry)),
    emit: (folder) => emit(program, folder),
  };
}

function problemsOf(program: ts.Program, block: Block): string[] {
  const file = program.getSourceFile(exampleOf(block));
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ start = 0, messageText }) => {
      const line = block.line + (file?.getLineAndCharacterOfPosition(start).line ?? 0);
      return `${block.page}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    },
  );
}

function exportsOf(program: ts.Program, path: string): Map<string, string> {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error(`${path} is no module of the program`);
  return new Map(
    checker.getExportsOfModule(module).map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return [symbol.name, ts.displayPartsToString(target.getDocumentationComment(checker))];
    }),
  );
}

/** The layout of an application that has installed the package: the packages beside it are those of this project. */
function emit(program: ts.Program, folder: string): void {
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'nestjs-stowage');
  mkdirSync(installed, { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  cpSync(join(root, 'test/docs/runner.mjs'), join(folder, 'runner.mjs'));
  const from = [
    [join(root, 'dist', PLACE), folder],
    [join(root, 'dist/src'), join(installed, 'dist')],
  ] as const;
  program.emit(undefined, (path, text) => {
    const [base, to] = from.find(([start]) => path.startsWith(start)) ?? [];
    if (base === undefined || to === undefined) throw new Error(`The compiler wrote ${path}`);
    const target = to + path.slice(base.length);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  });
}
