import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.mjs';

/** Packs the project, build included, into `directory`. What a server that runs meanwhile reads stays there. */
export async function pack(root, directory) {
  // A file of the page, and one whose source is gone.
  const page = join(root, 'dist', 'page', `of-a-server-${process.pid}.txt`);
  const stale = join(root, 'dist', 'http', `stale-${process.pid}.js`);
  try {
    for (const file of [page, stale]) {
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, '');
    }
    const packed = await packNow(root, directory);
    if (!existsSync(page)) throw new Error('the page of a server that runs is removed');
    if (existsSync(stale)) throw new Error('what has no source any more is not removed');
    return packed;
  } finally {
    for (const file of [page, stale]) await rm(file, { force: true });
  }
}

async function packNow(root, directory) {
  const out = await run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: root });
  // The scripts that npm runs first print to stdout too: the report is the JSON at the end.
  const report = JSON.parse(out.slice(out.search(/^[[{]\s*$/m)));
  const [packed] = Array.isArray(report) ? report : Object.values(report);
  return { tarball: join(directory, packed.filename), files: packed.files.map((file) => file.path) };
}

/** Every target of `exports` and the papers are in the package; the reference server and build state are not. */
export async function checkContents(root, files) {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const targets = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  const wanted = [...targets.map((target) => target.slice(2)), 'README.md', 'CHANGELOG.md', 'LICENSE'];
  const missing = wanted.filter((path) => !files.includes(path));
  const unwanted = files.filter((path) => !/^(dist\/|package\.json$|README|CHANGELOG|LICENSE)/.test(path));
  const leaked = files.filter((path) => /^dist\/(?:app|page)\/|\/stale-|tsbuildinfo|\.spec\./.test(path));
  const problems = [
    ...missing.map((path) => `${path} is missing`),
    ...[...unwanted, ...leaked].map((path) => `${path} does not belong there`),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
