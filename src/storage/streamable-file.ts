import { StreamableFile } from '@nestjs/common';
import { isActive } from '../core/active-type.js';
import { UNKNOWN_TYPE } from '../core/content-type.js';
import type { ObjectContent } from '../core/object.js';

/** What a controller may return for an object. What a browser would run is an attachment, whatever is kept with it. */
export function streamableFile({ info, body }: ObjectContent): StreamableFile {
  const type = info.contentType ?? UNKNOWN_TYPE;
  const kept = info.contentDisposition;
  const disposition = isActive(type) ? (kept?.replace(/^\s*inline\b/i, 'attachment') ?? 'attachment') : kept;
  return new StreamableFile(body, {
    type,
    length: info.size,
    ...(disposition !== undefined && { disposition }),
  });
}
