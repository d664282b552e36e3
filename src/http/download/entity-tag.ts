/** Whether an ETag as a storage gives it is weak: proxies in front of S3 make such ones, when they change the coding. */
export function isWeak(etag: string): boolean {
  return etag.startsWith('W/"') && etag.endsWith('"');
}

/** The value of an ETag header: RFC 9110, 8.8.3. */
export function entityTag(etag: string): string {
  return isWeak(etag) ? etag : `"${etag}"`;
}
