import { show } from '../core/check-shape.js';
import type { ScanVerdict } from './file-scanner.js';
import { scanError } from './scan-error.js';

/**
 * What clamd says of a stream: https://manpages.debian.org/bookworm/clamav-daemon/clamd.8.en.html.
 * @throws StorageError UNAVAILABLE, reason `scanner`, for whatever is no verdict.
 */
export function clamdVerdict(answer: string): ScanVerdict {
  if (answer === 'stream: OK') return 'clean';
  const found = /^stream: ([\x21-\x7e]+(?: [\x21-\x7e]+)*) FOUND$/.exec(answer)?.[1];
  if (found !== undefined) return { infected: found };
  if (answer.startsWith('INSTREAM size limit exceeded'))
    throw scanError('clamd takes no stream of this size: raise its StreamMaxLength');
  throw scanError(`clamd answered ${show(answer.slice(0, 200))}`);
}
