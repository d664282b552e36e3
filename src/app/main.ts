import { StorageError } from '../core/error.js';
import { start } from './start.js';
import { StartError } from './start-error.js';

start().catch((error: unknown) => {
  const known = error instanceof StartError || StorageError.is(error);
  console.error(known ? `The server does not start. ${error.message}` : error);
  process.exit(1);
});
