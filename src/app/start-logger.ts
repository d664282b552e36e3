import { ConsoleLogger } from '@nestjs/common';

/** Warnings and errors, and where the storages are. What ends the start is left to its caller, which says it in one line. */
export class StartLogger extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['log', 'warn', 'error', 'fatal'] });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) === 'StorageModule') super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    // Nest logs why it could not be created, or could not listen, and throws it all the same.
    const thrown =
      context === 'ExceptionHandler' || (context === 'NestApplication' && /\blisten E/.test(String(message)));
    if (!thrown) super.error(message, ...rest);
  }
}
