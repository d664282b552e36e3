import type { OpenApiParameter } from './open-api-document.js';

/** A schema of the document, by its name. */
export const ref = (name: string): { readonly $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** A body in JSON. */
export const json = (schema: object): object => ({ 'application/json': { schema } });

/** A body of any type. */
export const BINARY = { '*/*': { schema: { type: 'string', format: 'binary' } } };

/** A header of an answer. */
export const header = (description: string): object => ({ description, schema: { type: 'string' } });

/** A parameter; one of the path is required. */
export function parameter(
  where: OpenApiParameter['in'],
  name: string,
  description: string,
  schema: object = { type: 'string' },
): OpenApiParameter {
  return { in: where, name, description, schema, required: where === 'path' };
}

/** The parameter that names a storage. */
export const storageParameter = (names: readonly string[]): OpenApiParameter =>
  parameter('path', 'storage', 'The storage', { type: 'string', enum: [...names] });

/** The parameter that names an object. */
export const KEY = parameter('path', 'key', 'The key, percent-encoded; its "/" may stay as they are');
