import { CODES } from './support/failing-runs.js';
import { failingSuite } from './support/failing-suite.js';

failingSuite(
  'whose nth call fails',
  ['full'],
  Object.keys(CODES).map((code) => ({ code })),
);
