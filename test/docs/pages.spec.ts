import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEMS } from '../../src/http/errors/problem.js';
import { StorageError, type StorageErrorCode } from '../../src/core/error.js';
import { brokenLinks, pages, readPage, root } from './pages.js';

const textOf = (path: string): string => pages.find((page) => page.path === path)?.text ?? '';
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

describe('The pages', () => {
  it.each([...pages, readPage('CONTRIBUTING.md'), readPage('SECURITY.md'), readPage('CHANGELOG.md')])(
    'link to what is there: $path',
    (page) => {
      expect(brokenLinks(page)).toEqual([]);
    },
  );

  it('are all reached from the README', () => {
    const [readme] = pages;
    const missing = pages.slice(1).filter(({ path }) => !readme?.links.includes(path));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  it('begin with one that is short', () => {
    expect(textOf('README.md').split('\n').length).toBeLessThan(150);
  });

  it('name only commands that there are', () => {
    const all = [...pages, readPage('CONTRIBUTING.md')].map(({ text }) => text).join('\n');
    const named = [...all.matchAll(/\bnpm run ([a-z:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });

  it('tell of every dependency what it is for', () => {
    const section = /^## Dependencies$([\s\S]*?)(?=^## )/m.exec(textOf('docs/design.md'))?.[1] ?? '';
    const named = [...section.matchAll(/^- `([^`]+)`/gm)].map(([, name]) => name);
    expect(named).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
  });
});

describe('docs/errors.md', () => {
  const rows = [...textOf('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \|(.*)\|$/gm)].map(
    ([, code, cells = '']) => {
      const [, , temporary = '', status = ''] = cells.split(' | ').map((cell) => cell.trim());
      return { code: code as StorageErrorCode, temporary, status: Number(status) };
    },
  );

  it('names each code once, and no other', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(Object.keys(PROBLEMS).sort());
  });

  it('says which are temporary', () => {
    const expected = rows.map(({ code }) => [code, new StorageError(code, '').temporary ? 'yes' : 'no']);
    expect(rows.map(({ code, temporary }) => [code, temporary])).toEqual(expected);
  });

  it('says which status each becomes', () => {
    expect(rows.map(({ code, status }) => [code, status])).toEqual(
      rows.map(({ code }) => [code, PROBLEMS[code][0]]),
    );
  });
});
