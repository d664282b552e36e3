import { failingSuite } from './support/failing-suite.js';

failingSuite(
  'whose nth call happens and reports an error',
  ['full', 'rename'],
  [
    { code: 'EIO', happens: true },
    { code: 'ENOSPC', happens: true },
  ],
);
