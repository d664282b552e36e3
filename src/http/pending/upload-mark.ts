import type { ObjectInfo } from '../../core/object.js';

const MARK = 'upload-id';
const ETAG = 'upload-etag';

/**
 * The user metadata by which an object tells which upload it is of. Not every server refuses metadata that a signed request did not
 * name, so it holds what a client cannot know before the object is there.
 * @param marks Of the upload: the first is written. @param etag Of what was inspected.
 */
export function uploadMark(
  [mark]: readonly [string, ...string[]],
  etag: string,
): Readonly<Record<string, string>> {
  return { [MARK]: mark, [ETAG]: etag };
}

/** Whether an object is of that upload. @param etag Of what was sent. Default: any. */
export function madeBy({ metadata }: ObjectInfo, marks: readonly string[], etag?: string): boolean {
  const mark = metadata?.[MARK];
  return mark !== undefined && marks.includes(mark) && (etag === undefined || metadata?.[ETAG] === etag);
}
