/** RFC 9110, 5.6.2. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** RFC 9110, 5.6.4, of printable ASCII. */
const QUOTED = String.raw`"(?:[\t !#-\[\]-~]|\\[\t -~])*"`;
const MEDIA_TYPE = new RegExp(
  String.raw`^${TOKEN}/${TOKEN}(?:[ \t]*;(?:[ \t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))?)*$`,
);

/**
 * Whether `value` is one media type with its parameters, to the letter of RFC 9110, 8.3.1 and 5.6.6. Browsers make the best
 * of anything else, such as a list of types, and what they make of it differs from what a rule sees in it.
 */
export function isMediaType(value: string): boolean {
  return MEDIA_TYPE.test(value);
}
