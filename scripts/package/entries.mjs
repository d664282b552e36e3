import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';

/** The entry points that load an optional peer; every other one has to do without all of them. */
const NEEDED = { './health': '@nestjs/terminus', './s3': '@aws-sdk/client-s3', './tus': '@tus/server' };
/** Those whose declarations name it, too. */
const NAMED = { './health': NEEDED['./health'] };
/** How projects find modules. A CommonJS file can import an ES module in `nodenext` alone, which knows `require(esm)`. */
const WAYS = [
  { name: 'nodenext', module: 'nodenext', kinds: ['mts', 'cts'] },
  { name: 'node16', module: 'node16', kinds: ['mts'] },
  { name: 'bundler', module: 'esnext', kinds: ['mts'] },
];
const SOURCES = fileURLToPath(new URL('./entries/', import.meta.url));

/**
 * Every entry point of `exports`, without any optional peer and with all of them: its declarations are compiled, with
 * `skipLibCheck: false`, and it is loaded by `import` and by `require`. What is installed is that of this project, by links.
 */
export async function checkEntries(root, tarball, directory) {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));
  const optional = Object.keys(manifest.peerDependenciesMeta);
  const peers = Object.keys(manifest.peerDependencies);
  const always = [...Object.keys(manifest.dependencies), ...peers.filter((name) => !optional.includes(name))];

  const bare = await project(join(directory, 'entries-bare'), root, tarball, always);
  const full = await project(join(directory, 'entries-full'), root, tarball, [...always, ...optional]);
  const clean = entries.filter((entry) => !(entry in NAMED));
  const jobs = [
    ...WAYS.map((way) => () => compile(root, bare, 'clean', clean, way)),
    ...Object.entries(NAMED).map(([entry, name]) => async () => {
      const errors = await compile(root, bare, 'named', [entry], WAYS[0]);
      return errors.filter((error) => !error.includes(`TS2307: Cannot find module '${name}'`));
    }),
    () => compile(root, full, 'all', entries, WAYS[0], ['with-peers.mts']),
    () => load(bare, entries, NEEDED),
    () => load(full, entries, {}),
  ];
  // Two at once: each is a process.
  const problems = [];
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) problems.push(...(await job()));
  };
  await Promise.all([worker(), worker()]);
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** A project in which the package is unpacked, beside links to what this project has of `names`. */
async function project(path, root, tarball, names) {
  const modules = join(path, 'node_modules');
  await mkdir(join(modules, 'nestjs-stowage'), { recursive: true });
  await run('tar', ['xzf', tarball, '-C', join(modules, 'nestjs-stowage'), '--strip-components=1']);
  for (const name of [...names, '@types/node']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  await cp(SOURCES, path, { recursive: true });
  return path;
}

/** What the compiler says of consumers of `entries`, one for each and each kind of module. */
async function compile(root, path, label, entries, { name, module, kinds }, others = []) {
  const files = [...others];
  for (const kind of kinds) {
    for (const entry of entries) {
      const file = `${label}-${name}-${entry.replace(/\W/g, '') || 'root'}.${kind}`;
      const source = `import * as entry from 'nestjs-stowage${entry.slice(1)}';\nexport const all: typeof entry = entry;\n`;
      await writeFile(join(path, file), source);
      files.push(file);
    }
  }
  const config = `tsconfig.${label}-${name}.json`;
  await writeFile(
    join(path, config),
    JSON.stringify({
      compilerOptions: {
        ...{ target: 'ES2023', lib: ['ES2023'], types: ['node'], module, moduleResolution: name },
        ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
        ...{ experimentalDecorators: true, skipLibCheck: false, noEmit: true },
      },
      files,
    }),
  );
  try {
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { cwd: path });
    return [];
  } catch (error) {
    const errors = error.message.split('\n').filter((line) => /error TS\d+:/.test(line));
    if (errors.length === 0) throw error;
    return errors.map((line) => `${name}, ${path.endsWith('bare') ? 'no' : 'every'} optional peer: ${line}`);
  }
}

/** What does not load as it should: with each package of `missing` an error of Node that names it. */
async function load(path, entries, missing) {
  const results = JSON.parse(await run(process.execPath, ['load.mjs', ...entries], { cwd: path }));
  return results
    .filter(({ entry, code, message }) =>
      entry in missing
        ? code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${missing[entry]}'`)
        : message !== undefined,
    )
    .map(({ entry, way, message = 'it loads without its peer' }) => `${way} of ${entry}: ${message}`);
}
