import { isCommand } from './catalogue.mjs';

/** What stands before a command so that the kernel kills it when we end, however that happens: setpriv(1), on Linux alone. */
export const dyingWithUs =
  process.platform === 'linux' && isCommand('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : [];
