import type { ObjectInfo } from '../../core/object.js';

const ID = 'upload-id';
const ETAG = 'upload-etag';

/**
 * The user metadata by which an object tells which upload it is of.
 * @param id Of the ticket, or of the tus upload. @param etag Of what was inspected.
 */
export function uploadMark(id: string, etag: string): Readonly<Record<string, string>> {
  return { [ID]: id, [ETAG]: etag };
}

/** Whether an object is of that upload. @param etag Of what was sent. Default: any. */
export function madeBy({ metadata }: ObjectInfo, id: string, etag?: string): boolean {
  return metadata?.[ID] === id && (etag === undefined || metadata[ETAG] === etag);
}
