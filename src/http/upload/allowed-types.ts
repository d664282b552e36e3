const PATTERN = /^(?:\*\/\*|[!#$%&'+.^_`|~0-9a-z-]+\/(?:\*|[!#$%&'+.^_`|~0-9a-z-]+))$/i;

/** Whether `pattern` is a media type (`image/png`) or a family of them (`image/*`), without parameters. */
export function isTypePattern(pattern: unknown): pattern is string {
  return typeof pattern === 'string' && PATTERN.test(pattern);
}

/** Whether a media type is in an allow-list; without a list every type is. Case and parameters do not count. */
export function isAllowedType(type: string, allowed: readonly string[] | undefined): boolean {
  if (allowed === undefined) return true;
  const bare = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  return allowed.some((pattern) => {
    const one = pattern.toLowerCase();
    return one === '*/*' || one === bare || (one.endsWith('/*') && bare.startsWith(one.slice(0, -1)));
  });
}
