import { types } from 'node:util';
import { plainText } from '../plain-text.js';
import { S3RequestError } from '../request-error.js';
import { S3ResponseError } from '../response-error.js';

/** What may be shown of an error of the SDK. */
const SHOWN: ReadonlySet<string> = new Set([
  ...['name', 'message', 'stack', 'cause', 'code', 'errno', 'syscall', 'address', 'port', 'hostname'],
  ...['Code', 'RequestId', 'HostId', '$fault', '$service', '$metadata', '$retryable'],
]);

/**
 * An error of the SDK without what a log must not show. The SDK puts every element of the answer on it, and a refused signature
 * is answered with the whole request, session token included: `CanonicalRequest`, `StringToSign`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
 */
export function withoutSecrets(error: unknown): unknown {
  // What we made ourselves shows nothing.
  if (!types.isNativeError(error) || error instanceof S3RequestError || error instanceof S3ResponseError)
    return error;
  for (const name of Object.keys(error)) if (!SHOWN.has(name)) Reflect.deleteProperty(error, name);
  const message = plainText(error.message) ?? '';
  if (message !== error.message) {
    if (error.stack !== undefined) error.stack = error.stack.replace(error.message, () => message);
    error.message = message;
  }
  return error;
}
