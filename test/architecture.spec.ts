import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import {
  checkBuiltins,
  checkCycles,
  checkDirections,
  checkLengths,
  checkPackages,
  type Manifest,
  type SourceFile,
} from './architecture/checks.js';
import { folderRules, maxLines } from './architecture/rules.js';

const root = fileURLToPath(new URL('..', import.meta.url));

function read(folder: string, extension: RegExp): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extension.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('test/consumers/'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const src = read('src', /\.ts$/);
const around = ['test', 'scripts'].flatMap((folder) => read(folder, /\.[cm]?[jt]s$/));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

describe('the source', () => {
  it('is there to be checked', () => {
    expect(src.length).toBeGreaterThan(0);
    expect(around.map((file) => file.path)).toContain('test/architecture.spec.ts');
  });

  it('imports in one direction', () => {
    expect(checkDirections(src, folderRules)).toEqual([]);
  });

  it('has no import cycle, not even of types', () => {
    expect(checkCycles(src)).toEqual([]);
  });

  it(`has no file over ${maxLines} lines`, () => {
    expect(checkLengths(src, maxLines)).toEqual([]);
  });

  it('declares every package that it uses', () => {
    expect(checkPackages([...src, ...around], manifest)).toEqual([]);
  });

  it('names the modules of Node by node:', () => {
    expect(checkBuiltins([...src, ...around])).toEqual([]);
  });
});

/** A made-up project: path to text. */
const project = (files: Record<string, string>): SourceFile[] =>
  Object.entries(files).map(([path, text]) => ({ path, text }));

describe('the check of directions', () => {
  const target = {
    'src/core/key.ts': 'export type Key = string;',
    'src/http/controller.ts': 'export const controller = 1;',
    'src/storage/service.ts': 'export const service = 1;',
    'src/backends/memory/memory.ts': 'export const memory = 1;',
    'src/index.ts': '',
  };
  const check = (path: string, text: string): string[] =>
    checkDirections(project({ ...target, [path]: text }), folderRules);

  it.each([
    ['import', "import { controller } from '../http/controller.js';"],
    ['import for effect', "import '../http/controller.js';"],
    ['import type', "import type { controller } from '../http/controller.js';"],
    ['inline type import', "import { type controller } from '../http/controller.js';"],
    ['export from', "export { controller } from '../http/controller.js';"],
    ['export all', "export * from '../http/controller.js';"],
    ['export type from', "export type { controller } from '../http/controller.js';"],
    ['dynamic import', "const a = () => import('../http/controller.js');"],
    ['dynamic import of a template', 'const a = () => import(`../http/controller.js`);'],
    ['type from an import', "let a: import('../http/controller.js').controller;"],
    ['typeof an import', "let a: typeof import('../http/controller.js');"],
    ['import equals', "import a = require('../http/controller.js');"],
    ['require', "const a = require('../http/controller.js');"],
    ['module augmentation', "declare module '../http/controller.js' { interface A {} }"],
  ])('sees a forbidden folder through %s', (_way, text) => {
    expect(check('src/core/error.ts', text)).toEqual([
      'src/core/error.ts:1 imports src/http/controller.ts: core may not import http',
    ]);
  });

  it.each([
    ['core', '@nestjs/common', "import { Logger } from '@nestjs/common';"],
    ['core', '@scope/deep', "export * from '@scope/deep/file.js';"],
    ['config', 'lru-cache', "import { LRUCache } from 'lru-cache';"],
    ['storage', 'nestjs-stowage', "import type { Key } from 'nestjs-stowage';"],
  ])('refuses %s the package %s', (folder, name, text) => {
    expect(check(`src/${folder}/a.ts`, text)).toEqual([
      `src/${folder}/a.ts:1 imports the package ${name}: ${folder} may not`,
    ]);
  });

  it.each([
    ['config importing storage', 'src/config/a.ts', "import '../storage/service.js';"],
    ['one backend importing another', 'src/backends/local/a.ts', "import '../memory/memory.js';"],
    ['the public entry importing http', 'src/index.ts', "export * from './http/controller.js';"],
    ['app importing the public entry', 'src/app/main.ts', "import '../index.js';"],
    ['health importing http', 'src/health/a.ts', "import '../http/controller.js';"],
    ['a computed import', 'src/core/a.ts', 'const a = (name: string) => import(name);'],
    ['a file that does not exist', 'src/core/a.ts', "import './b.js';"],
    ['a file outside src', 'src/core/a.ts', "import '../../test/a.js';"],
    ['a folder without a line in the table', 'src/misc/a.ts', ''],
    ['a file beside index.ts', 'src/other.ts', ''],
  ])('refuses %s', (_case, path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });

  it.each([
    ['its own folder', 'src/core/a.ts', "import { type Key } from './key.js';"],
    ['a folder below', 'src/config/a.ts', "import { memory } from '../backends/memory/memory.js';"],
    ['from a folder below', 'src/http/parts/a.ts', "import { service } from '../../storage/service.js';"],
    ['a module of Node', 'src/core/a.ts', "import { join } from 'node:path';"],
    ['a package of the table', 'src/health/a.ts', "import { x } from '@nestjs/terminus';"],
    ['http from app', 'src/app/main.ts', "import { controller } from '../http/controller.js';"],
    ['nothing: a string', 'src/core/a.ts', 'const a = "import \'../http/controller.js\'";'],
    ['nothing: a comment', 'src/core/a.ts', "// import '../http/controller.js';"],
  ])('allows %s', (_case, path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});

describe('the check of cycles', () => {
  it.each([
    ['two files', { 'src/a.ts': "import './b.js';", 'src/b.ts': "import './a.js';" }],
    [
      'types only',
      { 'src/a.ts': "import type { B } from './b.js';", 'src/b.ts': "export type * from './a.js';" },
    ],
    ['a file of itself', { 'src/a.ts': "export * from './a.js';" }],
    [
      'a ring behind a tail',
      {
        'src/tail.ts': "import './a.js';",
        'src/a.ts': "import './deep/b.js';",
        'src/deep/b.ts': "import './c.js';",
        'src/deep/c.ts': "const a = () => import('../a.js');",
      },
    ],
  ])('finds %s', (_case, files) => {
    expect(checkCycles(project(files))).toHaveLength(1);
  });

  it('names the ring', () => {
    const files = project({ 'src/a.ts': "import './b.js';", 'src/b.ts': "import './a.js';" });
    expect(checkCycles(files)).toEqual(['src/a.ts -> src/b.ts -> src/a.ts']);
  });

  it('passes a diamond', () => {
    const files = project({
      'src/top.ts': "import './left.js'; import './right.js';",
      'src/left.ts': "import './base.js';",
      'src/right.ts': "import './base.js';",
      'src/base.ts': '',
    });
    expect(checkCycles(files)).toEqual([]);
  });
});

describe('the check of packages', () => {
  const declared: Manifest = {
    name: 'mine',
    dependencies: { mime: '1' },
    peerDependencies: { '@nestjs/common': '1' },
    devDependencies: { jest: '1', '@types/express': '1', '@types/scope__typed': '1' },
  };
  it.each([
    ['a development dependency in src', 'src/core/a.ts', "import 'jest';"],
    ['an undeclared type in src', 'src/http/a.ts', "import type { Request } from 'express';"],
    ['an undeclared package in src/app', 'src/app/main.ts', "import 'dotenv';"],
    ['an undeclared package in a test', 'test/a.spec.ts', "import 'left-pad/lib/a.js';"],
    ['an undeclared package in a script', 'scripts/a.mjs', "await import('left-pad');"],
    ['a package of which only the types are declared', 'test/a.ts', "import express from 'express';"],
    ['the package itself in src', 'src/core/a.ts', "import 'mine/http';"],
  ])('finds %s', (_case, path, text) => {
    expect(checkPackages(project({ [path]: text }), declared)).toHaveLength(1);
  });

  it.each([
    ['a dependency in src', 'src/core/a.ts', "import mime from 'mime/lite';"],
    ['a peer dependency in src', 'src/core/a.ts', "import { Module } from '@nestjs/common';"],
    ['a development dependency in src/app', 'src/app/main.ts', "import 'jest';"],
    ['a development dependency in a script', 'scripts/a.cjs', "const jest = require('jest');"],
    ['declared types', 'test/a.ts', "import type { Request } from 'express';"],
    ['declared types of a scoped package', 'test/a.ts', "import type { A } from '@scope/typed';"],
    ['the package itself in a test', 'test/a.ts', "import 'mine/http';"],
    ['a module of Node', 'test/a.ts', "import 'node:test';"],
  ])('passes %s', (_case, path, text) => {
    expect(checkPackages(project({ [path]: text }), declared)).toEqual([]);
  });
});

describe('the checks of modules of Node and of length', () => {
  it.each(['fs', 'fs/promises', 'path'])('refuse %s without its prefix', (name) => {
    expect(checkBuiltins(project({ 'src/a.ts': `import '${name}';` }))).toEqual([
      `src/a.ts:1 imports ${name}: write node:${name}`,
    ]);
  });

  it('pass the prefix and packages that look alike', () => {
    expect(checkBuiltins(project({ 'src/a.ts': "import 'node:fs'; import 'path-to-regexp';" }))).toEqual([]);
  });

  it('count lines as an editor does', () => {
    const lines = (count: number): string => 'x\n'.repeat(count);
    expect(checkLengths(project({ 'src/a.ts': lines(3) }), 3)).toEqual([]);
    expect(checkLengths(project({ 'src/a.ts': lines(4) }), 3)).toEqual(['src/a.ts has 4 lines: at most 3']);
  });
});
