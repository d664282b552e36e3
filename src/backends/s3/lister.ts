import { StorageError } from '../../core/error.js';
import type { ListPage } from '../../core/object.js';
import type { ListOptions } from '../../core/options.js';
import { compareUtf8 } from '../../core/utf8.js';
import type { S3Calls, S3ListAnswer } from './calls.js';

/** What a cursor begins with, so that a foreign one is refused here and not by each server in its own way. */
const MARK = 's3:';
const DOTS = /(?:^|\/)\.\.?$/;
/** A segment that is in no key of a server that cleans paths: `.`, `..` or nothing. */
const NO_SEGMENT = /(?:^|\/)\.\.?\/|\/\//;

/** Lists: a cursor holds what the server gave to go on with. */
export class Lister {
  /** @param dots Whether the server lists a prefix with a segment that is `.`, `..` or empty. */
  constructor(
    private readonly calls: S3Calls,
    private readonly dots: boolean,
  ) {}

  async list(options: ListOptions): Promise<ListPage> {
    const { prefix, delimiter, cursor, limit, signal } = options;
    const token = cursor === undefined ? undefined : tokenOf(cursor);
    if (!this.dots) {
      if (NO_SEGMENT.test(prefix)) return { objects: [], prefixes: [] };
      if (DOTS.test(prefix)) return this.listDots(options, token);
    }
    const page = await this.calls.list({ prefix, delimiter, token, maxKeys: limit, signal });
    return this.pageOf(page, prefix, token);
  }

  /** Such a prefix is refused, as one to begin behind is: the folder is listed from just before it. */
  private async listDots(options: ListOptions, token: string | undefined): Promise<ListPage> {
    const { prefix, delimiter, limit, signal } = options;
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const startAfter = `${prefix.slice(0, -1)}-\u{10ffff}`;
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
    // Keys with the prefix stand together: behind the first one that comes after them there is none.
    const isBehind = (name: string) => !name.startsWith(prefix) && compareUtf8(name, prefix) > 0;
    const done = page.objects.some(({ key }) => isBehind(key)) || page.prefixes.some(isBehind);
    return this.pageOf({ objects, prefixes, token: done ? undefined : page.token }, prefix, token);
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
