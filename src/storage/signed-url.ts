import type { Presigning } from '../core/presigning.js';
import type { SignReadOptions, SignUrlOptions } from '../core/sign-options.js';
import type { SignedUrl } from '../core/signed-url.js';

/** The URL that `options` ask for: a read where their method reads, so that a read-only storage gives out no other. */
export function signedUrl(presigning: Presigning, key: string, options: SignUrlOptions): Promise<SignedUrl> {
  return isRead(options) ? presigning.signRead(key, options) : presigning.signWrite(key, options);
}

function isRead(options: SignUrlOptions): options is SignReadOptions {
  return options.method === undefined || options.method === 'GET' || options.method === 'HEAD';
}
