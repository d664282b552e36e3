import type { ListOptions } from '../../core/options.js';
import { rawQuery, type HttpRequest } from './http-request.js';
import { refusal } from '../errors/refuse.js';

const MAX_LIMIT = 1000;

/** What a list request asks for. @throws StorageError INVALID_ARGUMENT. */
export function listQuery(request: HttpRequest): ListOptions {
  const query = rawQuery(request);
  const prefix = one(query, 'prefix') ?? '';
  const delimiter = one(query, 'delimiter') || undefined;
  const cursor = one(query, 'cursor') || undefined;
  const limit = one(query, 'limit');
  if (delimiter !== undefined && delimiter !== '/')
    throw refusal('INVALID_ARGUMENT', 'The parameter delimiter is not "/"', 'delimiter');
  if (limit !== undefined && !(/^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT))
    throw refusal('INVALID_ARGUMENT', `The parameter limit is not a number from 1 to ${MAX_LIMIT}`, 'limit');
  return { prefix, delimiter, cursor, limit: limit === undefined ? MAX_LIMIT : Number(limit) };
}

function one(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  if (values.length > 1)
    throw refusal('INVALID_ARGUMENT', `The parameter ${name} is given more than once`, name);
  return values[0];
}
