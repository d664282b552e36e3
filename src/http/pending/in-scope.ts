/** A key of a scope as the whole storage has it. @param scope Without a slash at its end; empty: none. */
export const inScope = (scope: string, key: string): string => (scope === '' ? key : `${scope}/${key}`);
