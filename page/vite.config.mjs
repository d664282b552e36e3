import { fileURLToPath } from 'node:url';

/** Relative, because a proxy may put the page below a path. */
export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  logLevel: 'warn',
  build: {
    outDir: fileURLToPath(new URL('../dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // What is bundled is under licences whose text goes with every copy.
    license: { fileName: 'licenses.txt' },
  },
};
