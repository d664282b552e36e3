import { DEFAULT_STORAGE } from './storage.tokens.js';

/** The token of the options of the storage `name`; each has its own, so that a test can replace one alone. */
export function getOptionsToken(name: string = DEFAULT_STORAGE): symbol {
  return Symbol.for(`nestjs-stowage:options:${name}`);
}
