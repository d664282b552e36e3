import type { ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { MAX_TEXT } from '../max-text.js';
import { readBytes } from './read-bytes.js';
import type { Command } from './tries.js';

/**
 * `command`, which fails with S3RequestError `protocol` when its answer is longer than MAX_TEXT: the SDK alone reads
 * whatever a server sends, until there is no memory left.
 */
export function boundAnswer<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  command: Command<I, O>,
): Command<I, O> {
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: Readable };
      const { hostname } = args.request as { readonly hostname: string };
      response.body = Readable.from([await readBytes(response.body, hostname, MAX_TEXT)]);
      return result;
    },
    // The innermost: the SDK sees what is left of the answer.
    { step: 'deserialize', priority: 'low', name: 'stowageBound' },
  );
  return command;
}
