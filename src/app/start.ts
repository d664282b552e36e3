import type { NestExpressApplication } from '@nestjs/platform-express';
import { Access } from './access.js';
import type { Environment } from './app.module.js';
import { createApp } from './create-app.js';
import type { ListenAddress } from './listen-address.js';
import { StartError } from './start-error.js';
import { welcome } from './welcome.js';

/**
 * Starts the reference server and says where it is.
 * @param env Variables to take instead of those of the process and of `.env`.
 * @throws StartError with one line that says what to change; StorageError for a bad storage.
 */
export async function start(
  env?: Environment,
  say: (text: string) => void = console.log,
): Promise<NestExpressApplication> {
  const app = await createApp(env);
  const { tokens, address } = app.get(Access);
  try {
    await app.listen(address.port, address.host);
  } catch (error) {
    await app.close();
    throw listenError(error, address);
  }
  const { port } = app.getHttpServer().address() as { readonly port: number };
  say(welcome({ host: address.host, port }, tokens.users));
  return app;
}

function listenError(error: unknown, { host, port }: ListenAddress): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const at = `${host}:${port}`;
  if (code === 'EADDRINUSE')
    return new StartError(`${at} is in use: set PORT to another port, or end what uses it`);
  if (code === 'EACCES') return new StartError(`${at} may not be used: set PORT to 1024 or more`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartError(`HOST is ${host}, which is no address of this machine`);
  return error;
}
