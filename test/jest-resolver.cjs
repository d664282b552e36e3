'use strict';

/** A TypeScript ESM source imports './x.js'; on disk that is './x.ts'. Packages are left alone. */
module.exports = (request, options) => {
  if (request.startsWith('.') && request.endsWith('.js') && !options.basedir.includes('/node_modules/')) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      // A real .js file: resolved below.
    }
  }
  return options.defaultResolver(request, options);
};
