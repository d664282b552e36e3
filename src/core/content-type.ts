import mime from 'mime';

export const UNKNOWN_TYPE = 'application/octet-stream';

/** The media type that a key's extension stands for, or `application/octet-stream`. */
export function contentTypeOf(key: string): string {
  return mime.getType(key) ?? UNKNOWN_TYPE;
}

/** The usual extension of a media type, without a dot; undefined for an unknown one. */
export function extensionOf(contentType: string): string | undefined {
  return mime.getExtension(contentType) ?? undefined;
}

/** All extensions of a media type, without dots; none for an unknown one. */
export function extensionsOf(contentType: string): ReadonlySet<string> {
  return mime.getAllExtensions(contentType) ?? new Set();
}
