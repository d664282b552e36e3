import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageBackend } from '../../src/core/backend.js';
import { backendContract } from '../contract/backend.contract.js';
import { isInstalled } from '../servers/catalogue.mjs';
import { startServer, type RedisServer } from '../servers/start-server.mjs';
import { pages, type Block } from './pages.js';
import { compile, ENTRIES, moduleName, type Project } from './project.js';
import { run, type Running } from './run.js';

const blocks = pages.flatMap((page) => page.blocks);
const examples = blocks.filter(({ language }) => language === 'ts');
const runnable = (block: Block): boolean => block.language === 'ts' && block.flags.includes('run');
const calls = (block: Block): boolean => block.language === 'sh' && /\bcurl\b/.test(block.code);
const titled = (block: Block): [string, Block] => [`${block.page}:${block.line}`, block];

let project: Project;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-docs-'));
  project = compile(examples);
  project.emit(folder);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What an example says that it logs: the comments behind its calls of console.log. */
const promised = ({ code }: Block): string[] =>
  [...code.matchAll(/console\.log\(.*\);(?: \/\/ (.*))?$/gm)].map(
    ([, text = '(nothing is promised)']) => text,
  );

describe('Every example', () => {
  it('is one that this test knows', () => {
    expect(examples.length).toBeGreaterThan(0);
    const known = ['ts', 'sh', 'text', 'http', 'json'];
    expect(blocks.filter(({ language }) => !known.includes(language)).map(titled)).toEqual([]);
  });

  it.each(examples.map(titled))('compiles: %s', (_title, block) => {
    expect(project.problems(block)).toEqual([]);
  });

  const running = pages.filter((page) => page.blocks.some(runnable)).map(({ path }) => path);
  let redis: RedisServer | undefined;
  beforeAll(async () => {
    if (isInstalled('redis')) redis = await startServer('redis');
  }, 90_000);
  afterAll(() => redis?.stop());

  it.each(running)(
    'does what it says: %s',
    async (path) => {
      const own = examples.filter(
        (block) => block.page === path && runnable(block) && (redis ?? !block.flags.includes('redis')),
      );
      const cwd = join(folder, 'work', path);
      const results = join(cwd, 'results');
      mkdirSync(cwd, { recursive: true });
      const args = [join(folder, 'runner.mjs'), results, ...own.map(moduleName)];
      const { code, output } = await run(process.execPath, args, {
        cwd,
        env: redis ? { REDIS_URL: redis.endpoint } : {},
      }).ended;
      expect([code, output.replace(/^\[Nest\].*\n/gm, '')]).toEqual([0, '']);
      const lines = readFileSync(results, 'utf8').trim().split('\n');
      const logged = lines.map((line) => JSON.parse(line) as { module: string; logged: string[] });
      expect(logged).toEqual(own.map((block) => ({ module: moduleName(block), logged: promised(block) })));
    },
    90_000,
  );

  it('is run where it is the first one of the README', () => {
    expect(pages[0]?.path).toBe('README.md');
    expect(pages[0]?.blocks.find(({ language }) => language === 'ts')?.flags).toEqual(['run']);
  });
});

describe('Every line for the reference server', () => {
  const callers = pages.filter((page) => page.blocks.some(calls)).map(({ path }) => path);
  const without = spawnSync('curl', ['--version']).status === 0 ? '' : ' (skipped: there is no curl)';
  let server: Running | undefined;
  let url: string;

  beforeAll(async () => {
    const cwd = join(folder, 'server');
    mkdirSync(cwd, { recursive: true });
    const main = join(folder, 'node_modules/nestjs-stowage/dist/app/main.js');
    server = run(process.execPath, [main], {
      cwd,
      env: { PORT: '0', STORAGE_LOCAL_ROOT: './data' },
      ms: 120_000,
    });
    url = (await server.says(/^Documentation: (http:\S+)\/docs$/m))[1] ?? '';
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
  }, 30_000);

  it('is there', () => expect(callers).toContain('README.md'));

  (without === '' ? it : it.skip).each(callers)(
    `works: %s${without}`,
    async (path) => {
      const lines = blocks.filter((block) => block.page === path && calls(block)).map(({ code }) => code);
      const strict = 'set -eu\ncurl() { command curl --fail-with-body --max-time 10 "$@"; }\n';
      const script = strict + lines.join('').replaceAll('http://localhost:3000', url);
      const { code, output } = await run('bash', ['-o', 'pipefail', '-c', script], { cwd: folder }).ended;
      expect([code, output]).toEqual([0, expect.any(String)]);
    },
    90_000,
  );
});

describe('Every exported name', () => {
  it.each(ENTRIES)('of %s is explained in the pages', (entry) => {
    const all = pages.map(({ text }) => text).join('\n');
    const names = [...project.exportsOf(entry).keys()];
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(all))).toEqual([]);
  });

  it.each(ENTRIES)('of %s has a doc comment', (entry) => {
    const bare = [...project.exportsOf(entry)].filter(([, comment]) => comment.trim() === '');
    expect(bare.map(([name]) => name)).toEqual([]);
  });
});

describe('docs/backends.md', () => {
  const block = examples.find(({ code }) => code.includes('class MapBackend'));
  const load = async (): Promise<StorageBackend> => {
    const path = join(folder, `${block ? moduleName(block) : 'missing'}.js`);
    const { MapBackend } = (await import(path)) as { MapBackend: new () => StorageBackend };
    return new MapBackend();
  };
  backendContract('the one of docs/backends.md', {
    create: async () => ({ backend: await load() }),
    runs: 20,
  });
});
