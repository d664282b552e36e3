const MAX_TEXT = 1024;
const MAX_CODE = 128;

/** A server's own words, fit for a message and a log: one line, not too long, and no signature or session token that it repeats. */
export function plainText(text: string | undefined): string | undefined {
  return text
    ?.slice(0, MAX_TEXT)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/(Signature=)[0-9a-f]+/gi, '$1…')
    .replace(/(X-Amz-Security-Token[=:]\s*)[^\s&<>"']+/gi, '$1…');
}

/** The code of an error, unless it is none. */
export function plainCode(code: string | undefined): string | undefined {
  return code !== undefined && code.length <= MAX_CODE && /^[\w.:-]+$/.test(code) ? code : undefined;
}
