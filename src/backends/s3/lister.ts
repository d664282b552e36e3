import { StorageError } from '../../core/error.js';
import type { ListPage } from '../../core/object.js';
import type { ListOptions } from '../../core/options.js';
import type { S3Calls } from './calls.js';

/** What a cursor begins with, so that a foreign one is refused here and not by each server in its own way. */
const MARK = 's3:';

/** Lists: a cursor holds what the server gave to go on with. */
export class Lister {
  constructor(private readonly calls: S3Calls) {}

  async list({ prefix, delimiter, cursor, limit, signal }: ListOptions): Promise<ListPage> {
    const token = cursor === undefined ? undefined : tokenOf(cursor);
    const page = await this.calls.list({ prefix, delimiter, token, maxKeys: limit, signal });
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
