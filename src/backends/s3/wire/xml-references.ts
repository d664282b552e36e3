import { XmlError } from './xml.js';

/** More digits than any code point needs; they end the search for the semicolon. */
const MAX_REFERENCE = 16;
const NUMBER = /^#(?:x[0-9a-fA-F]+|[0-9]+)$/;

/**
 * Text as it stands between tags, with its references replaced: the five entities that XML has of itself and
 * characters by number, nothing else (https://www.w3.org/TR/xml/#sec-references).
 *
 * A number may name a control character that XML 1.0 does not allow: servers write keys that hold one so
 * (Ceph RGW `&#x01;`), and there is no other way to tell which key they mean.
 * @throws XmlError for an entity that a document would have to declare, a number that is no character, a bare `&`.
 */
export function decodeReferences(raw: string): string {
  let text = '';
  let from = 0;
  for (let at = raw.indexOf('&'); at !== -1; at = raw.indexOf('&', from)) {
    const end = raw.indexOf(';', at);
    if (end === -1 || end - at > MAX_REFERENCE)
      throw new XmlError('The answer has a & that begins no reference');
    text += raw.slice(from, at) + character(raw.slice(at + 1, end));
    from = end + 1;
  }
  return text + raw.slice(from);
}

function character(reference: string): string {
  switch (reference) {
    case 'quot':
      return '"';
    case 'amp':
      return '&';
    case 'lt':
      return '<';
    case 'gt':
      return '>';
    case 'apos':
      return "'";
  }
  if (!NUMBER.test(reference)) throw new XmlError('The answer refers to an entity that XML does not have');
  const code = reference[1] === 'x' ? parseInt(reference.slice(2), 16) : parseInt(reference.slice(1), 10);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw new XmlError('The answer refers to a number that is no character');
  return String.fromCodePoint(code);
}
