import { StorageError } from '../../core/error.js';
import type { ListPage } from '../../core/object.js';
import type { ListOptions } from '../../core/options.js';
import type { S3Calls, S3ListAnswer } from './calls.js';

/** What a cursor begins with, so that a foreign one is refused here and not by each server in its own way. */
const MARK = 's3:';
const DOTS = /(?:^|\/)\.\.?$/;
const DOT_SEGMENT = /(?:^|\/)\.\.?\//;

/** Lists: a cursor holds what the server gave to go on with. */
export class Lister {
  /** @param dots Whether the server lists a prefix whose last segment is `.` or `..`. */
  constructor(
    private readonly calls: S3Calls,
    private readonly dots: boolean,
  ) {}

  async list(options: ListOptions): Promise<ListPage> {
    const { prefix, delimiter, cursor, limit, signal } = options;
    const token = cursor === undefined ? undefined : tokenOf(cursor);
    if (!this.dots) {
      // Such a segment is in no key.
      if (DOT_SEGMENT.test(prefix)) return { objects: [], prefixes: [] };
      if (DOTS.test(prefix)) return this.listDots(options, token);
    }
    const page = await this.calls.list({ prefix, delimiter, token, maxKeys: limit, signal });
    return this.pageOf(page, prefix, token);
  }

  /** Such a prefix is refused, so that the folder is listed from there on. */
  private async listDots(options: ListOptions, token: string | undefined): Promise<ListPage> {
    const { prefix, delimiter, limit, signal } = options;
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const startAfter = prefix;
    const page = await this.calls.list({
      prefix: folder,
      delimiter,
      token,
      startAfter,
      maxKeys: limit,
      signal,
    });
    const objects = page.objects.filter(({ key }) => key.startsWith(prefix));
    const prefixes = page.prefixes.filter((name) => name.startsWith(prefix));
    // They stand together: behind a name without the prefix there is none with it.
    const more = objects.length + prefixes.length === page.objects.length + page.prefixes.length;
    return this.pageOf({ objects, prefixes, token: more ? page.token : undefined }, prefix, token);
  }

  private pageOf(page: S3ListAnswer, prefix: string, token: string | undefined): ListPage {
    if (page.token !== undefined && page.token === token) throw wrong('begins where it began');
    const names = [...page.objects.map(({ key }) => key), ...page.prefixes];
    // A scope must not show what is outside, whatever a server makes of `..`.
    if (!names.every((name) => name.startsWith(prefix))) throw wrong('has keys that were not asked for');
    return {
      objects: page.objects,
      prefixes: page.prefixes,
      ...(page.token !== undefined && { cursor: Buffer.from(MARK + page.token).toString('base64url') }),
    };
  }
}

function tokenOf(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (
    text.length <= MARK.length ||
    !text.startsWith(MARK) ||
    Buffer.from(text).toString('base64url') !== cursor
  ) {
    throw new StorageError('INVALID_ARGUMENT', 'The cursor is not one that a list returned', {
      reason: 'cursor',
    });
  }
  return text.slice(MARK.length);
}

function wrong(what: string): StorageError {
  return new StorageError('INTEGRITY', `The list of the server ${what}`, { reason: 'list' });
}
