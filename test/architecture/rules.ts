/** What the files of one folder under `src` may import, besides each other and Node's own modules. */
export interface FolderRule {
  /** Folders under `src`; a folder includes the folders below it. */
  readonly folders: readonly string[];
  /** npm packages, by name. */
  readonly packages: readonly string[];
}

const nest = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];

/**
 * The one direction of imports. The longest matching folder counts; `index` is `src/index.ts`.
 *
 * `http` and `app` stand in no list but those of `app` and `tus`, and `index` in none, so nothing else reaches them.
 * A new folder needs a line here: a folder without one may not be imported and may not import.
 */
export const folderRules: Readonly<Record<string, FolderRule>> = {
  // mime is a table of names, no code that does anything: docs/design.md.
  core: { folders: [], packages: ['mime'] },
  layers: { folders: ['core'], packages: ['@nestjs/common'] },
  transfer: { folders: ['core'], packages: [] },
  wrappers: { folders: ['core'], packages: [] },
  'backends/memory': { folders: ['core', 'transfer'], packages: [] },
  'backends/s3': { folders: ['core', 'transfer'], packages: ['@aws-sdk/client-s3'] },
  'backends/local': { folders: ['core', 'transfer'], packages: ['lru-cache'] },
  // wrappers: a storage that is a prefix of a bucket.
  config: { folders: ['core', 'backends', 'wrappers'], packages: ['@nestjs/common', '@nestjs/config'] },
  storage: {
    folders: ['core', 'transfer', 'wrappers', 'config'],
    packages: ['@nestjs/common', '@nestjs/core'],
  },
  scan: { folders: ['core'], packages: [] },
  http: {
    folders: ['storage', 'core', 'scan', 'http/message', 'http/errors', 'http/upload', 'http/download'],
    packages: [...nest, '@nestjs/schedule'],
  },
  'http/message': { folders: ['core', 'http/errors'], packages: ['content-disposition', '@nestjs/common'] },
  'http/errors': { folders: ['core', 'http/message'], packages: ['@nestjs/common'] },
  'http/upload': {
    folders: ['storage', 'core', 'scan', 'http/message', 'http/errors', 'http/upload/content'],
    packages: [...nest, '@nestjs/event-emitter', '@fastify/busboy'],
  },
  'http/upload/content': { folders: ['core'], packages: ['file-type'] },
  'http/download': {
    folders: ['storage', 'core', 'http/message', 'http/errors'],
    packages: ['@nestjs/common'],
  },
  // The routes and rules are those of http, the parts of a size those of the uploads.
  tus: {
    folders: ['http', 'storage', 'core', 'transfer'],
    packages: ['@nestjs/common', '@nestjs/core', '@tus/server'],
  },
  health: { folders: ['storage', 'core'], packages: ['@nestjs/common', '@nestjs/terminus'] },
  testing: {
    folders: ['storage', 'core', 'backends/memory'],
    packages: ['@nestjs/common', '@nestjs/testing'],
  },
  app: {
    folders: [
      'core',
      'layers',
      'transfer',
      'wrappers',
      'backends',
      'config',
      'storage',
      'http',
      'tus',
      'health',
    ],
    packages: [...nest, '@nestjs/config', '@nestjs/platform-express', '@nestjs/swagger', '@nestjs/terminus'],
  },
  index: {
    folders: ['core', 'layers', 'transfer', 'backends/memory', 'backends/local', 'storage', 'config'],
    packages: [],
  },
};

/** No file in `src` is longer. */
export const maxLines = 300;
