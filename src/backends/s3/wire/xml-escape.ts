const SPECIAL = /[&<>"'\t\n\r]/g;

/**
 * Text as it goes between two tags, so that any parser gives it back: line ends and tabs by number too, of which
 * parsers make other ones (https://www.w3.org/TR/xml/#sec-line-ends).
 */
export function escapeXml(text: string): string {
  return text.replace(SPECIAL, (character) => `&#${character.charCodeAt(0)};`);
}
