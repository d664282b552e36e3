import { isAfter, type Cursor } from '../../core/cursor.js';
import { StorageError } from '../../core/error.js';
import type { ListPage } from '../../core/object.js';
import type { ListOptions } from '../../core/options.js';
import { compareUtf8 } from '../../core/utf8.js';
import type { S3Calls, S3ListAnswer } from './calls.js';
import { decodePlace, encodePlace, lastOf, type ListPlace } from './list-cursor.js';

const DOTS = /(?:^|\/)\.\.?$/;
/** A segment that is in no key of a server that cleans paths: `.`, `..` or nothing. */
const NO_SEGMENT = /(?:^|\/)\.\.?\/|\/\//;
/** Pages without a name, one after the other. A server may send some, while it passes over what was deleted. */
const MAX_EMPTY = 1000;

/** How a server lists. */
export interface ListerOptions {
  /** Whether it lists a prefix with a segment that is `.`, `..` or empty. */
  readonly dots: boolean;
  /**
   * Whether names come in the order of their UTF-8 bytes: everywhere but in directory buckets,
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
   */
  readonly sorted: boolean;
}

/** Lists: a cursor holds what the server gave to go on with, and the last name, behind which the next page has to begin. */
export class Lister {
  constructor(
    private readonly calls: S3Calls,
    private readonly how: ListerOptions,
  ) {}

  /** @throws StorageError INTEGRITY, reason `list`, for a list that does not advance, or with keys that were not asked for. */
  async list(options: ListOptions): Promise<ListPage> {
    const { prefix, delimiter, cursor, limit, signal } = options;
    if (!this.how.dots) {
      if (NO_SEGMENT.test(prefix)) return { objects: [], prefixes: [] };
      if (DOTS.test(prefix)) return this.listDots(options);
    }
    const place = cursor === undefined ? undefined : decodePlace(cursor, prefix);
    const page = await this.calls.list({ prefix, delimiter, token: place?.token, maxKeys: limit, signal });
    return { ...contentOf(page), ...this.next(page, prefix, place) };
  }

  /** Such a prefix is refused, as one to begin behind is: the folder is listed from just before it. */
  private async listDots({ prefix, delimiter, cursor, limit, signal }: ListOptions): Promise<ListPage> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const place = cursor === undefined ? undefined : decodePlace(cursor, folder);
    const startAfter = `${prefix.slice(0, -1)}-\u{10ffff}`;
    const page = await this.calls.list({
      prefix: folder,
      delimiter,
      token: place?.token,
      startAfter,
      maxKeys: limit,
      signal,
    });
    const next = this.next(page, folder, place);
    const objects = page.objects.filter(({ key }) => key.startsWith(prefix));
    const prefixes = page.prefixes.filter((name) => name.startsWith(prefix));
    // Keys with the prefix stand together: behind the first one that comes after them there is none.
    const isBehind = (name: string) => !name.startsWith(prefix) && compareUtf8(name, prefix) > 0;
    const done = page.objects.some(({ key }) => isBehind(key)) || page.prefixes.some(isBehind);
    return { objects, prefixes, ...(!done && next) };
  }

  /** The cursor behind a page. */
  private next(page: S3ListAnswer, prefix: string, place: ListPlace | undefined): Pick<ListPage, 'cursor'> {
    const { token } = page;
    if (token !== undefined && token === place?.token) throw wrong('begins where it began');
    const names: Cursor[] = [];
    const add = (name: string, group: boolean) => {
      // A scope must not show what is outside, whatever a server makes of `..`.
      if (!name.startsWith(prefix)) throw wrong('has keys that were not asked for');
      names.push({ after: name.slice(prefix.length), group });
    };
    for (const { key } of page.objects) add(key, false);
    for (const name of page.prefixes) add(name, true);
    const last = place?.last;
    if (this.how.sorted && last && !names.every(({ after }) => isAfter(after, last)))
      throw wrong('does not advance');
    const empty = names.length === 0 ? (place?.empty ?? 0) + 1 : 0;
    if (empty > MAX_EMPTY) throw wrong('does not end');
    if (token === undefined) return {};
    return { cursor: encodePlace({ token, last: lastOf(names, last), empty }, prefix) };
  }
}

function contentOf({ objects, prefixes }: S3ListAnswer): Pick<ListPage, 'objects' | 'prefixes'> {
  return { objects, prefixes };
}

function wrong(what: string): StorageError {
  return new StorageError('INTEGRITY', `The list of the server ${what}`, { reason: 'list' });
}
