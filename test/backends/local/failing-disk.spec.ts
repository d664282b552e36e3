import { failingSuite } from './support/failing-suite.js';

failingSuite(
  'on a disk that fails from the nth call on',
  ['full', 'rename'],
  [
    { code: 'EIO', forGood: true },
    { code: 'EIO', forGood: true, happens: true },
  ],
);
