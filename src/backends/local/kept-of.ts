import type { ContentHeaders } from '../../core/object.js';
import type { PutOptions } from '../../core/options.js';

/** Of the options of a write, what is kept with the object. */
export function keptOf({
  contentType,
  cacheControl,
  contentDisposition,
  contentEncoding,
  contentLanguage,
  metadata,
}: ContentHeaders & Pick<PutOptions, 'metadata'>): ContentHeaders & Pick<PutOptions, 'metadata'> {
  return { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata };
}
