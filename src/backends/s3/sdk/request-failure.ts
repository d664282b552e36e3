import { types } from 'node:util';
import { S3RequestError, type S3RequestFailure } from '../request-error.js';

const TLS = /^ERR_(TLS|SSL)|CERT|^UNABLE_TO_|^EPROTO$|SELF_SIGNED|^HOSTNAME_MISMATCH$/;
const UNREACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/;
/** As the SDK words it; its error has no code. */
const NO_CONNECTION = /did not establish a connection/;

/**
 * What an error of the SDK's request handler means, or `undefined` when it is no error of a connection: an abort, or
 * one of a middleware.
 */
export function requestFailureOf(error: unknown, host: string): S3RequestError | undefined {
  if (!types.isNativeError(error)) return undefined;
  const { name, message, code, syscall } = error as NodeJS.ErrnoException;
  if (name === 'CredentialsProviderError') {
    return new S3RequestError('credentials', `No credentials: ${message}`, {
      sent: false,
      host,
      cause: error,
    });
  }
  if (name === 'TimeoutError' && syscall !== 'connect') {
    const connecting = NO_CONNECTION.test(message);
    return new S3RequestError('timeout', `${host}: ${message}`, {
      sent: !connecting,
      host,
      limit: connecting ? 'connect' : 'total',
      cause: error,
    });
  }
  if (typeof code !== 'string' || !/^(E[A-Z_]+|HPE_.*)$|CERT|SELF_SIGNED|^UNABLE_TO_/.test(code))
    return undefined;
  const failure = failureOf(code, syscall);
  const sent = failure !== 'tls' && failure !== 'connect';
  return new S3RequestError(failure, `${host}: ${code}`, { sent, host, cause: error });
}

function failureOf(code: string, syscall: string | undefined): S3RequestFailure {
  if (TLS.test(code)) return 'tls';
  if (code.startsWith('HPE_')) return 'protocol';
  return syscall === 'connect' || UNREACHED.test(code) ? 'connect' : 'connection';
}
