import { useChildren as useChildrenOf, type StartChild } from '../../../support/children.js';

export { word, type Child, type StartOptions } from '../../../support/children.js';

/** Children that run the scripts in `../children`. */
export const useChildren = (): StartChild =>
  useChildrenOf('test/backends/local/children', ['src/core', 'src/backends/local', 'test/faults']);
