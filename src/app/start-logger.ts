import { ConsoleLogger } from '@nestjs/common';

/** Warnings and errors. What ends the start is left to its caller, which says it in one line. */
export class StartLogger extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['warn', 'error', 'fatal'] });
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}
