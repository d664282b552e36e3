/** What the first tag says of a text. `fragment` is a piece of HTML, with which Markdown may begin too. */
export type Markup = 'html' | 'fragment' | 'svg' | 'xml' | 'element' | undefined;

/** Blanks and comments. */
const BLANK = /^(?:[\t\n\f\r ]|<!--[^]*?(?:-->|$))*/;
/** Declarations of XML and its processing instructions, besides blanks and comments. */
const PROLOG = /^(?:[\t\n\f\r ]|<!--[^]*?(?:-->|$)|<\?[^]*?(?:\?>|$))*/;
/** A document type, with its inner part. Its name is the one of the first element. */
const DOCTYPE = /^<!doctype[\t\n\f\r ]+([^\t\n\f\r >[]+)[^>[]*(?:\[[^]*?\][\t\n\f\r ]*)?>?/i;
const ELEMENT = /^<(?:[\w.-]+:)?([a-z][\w.-]*)(?=[\t\n\f\r />]|$)/i;
/** Code that a server would run. */
const SCRIPT = /^<(?:\?(?:php\b|=)|%)/i;

/**
 * What a document or a script begins with. More than https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
 * lists, because that is the least that browsers take for HTML.
 */
const DOCUMENT =
  /^(?:html|head|body|script|style|title|iframe|frameset|frame|meta|link|base|object|embed|applet|form|math|template|noscript)$/i;
/** What that table has besides, and what is written in Markdown where it has no sign of its own. */
const PIECE =
  /^(?:h[1-6]|div|font|table|a|b|br|p|img|center|details|summary|picture|video|audio|source|span|sup|sub|kbd|ul|ol|li|dl|hr|i|em|u|strong|small|pre|code|section|article|header|footer|main|nav|input|button|select|textarea|marquee|blockquote)$/i;
/** What makes a piece of HTML more than that. */
const ACTIVE =
  /<(?:script|style|iframe|object|embed|applet|form|svg|math|meta|link|base|html|head|body)\b|<[^<>]+[\s/"']on[a-z]+\s*=|javascript:/i;

/** What `text` begins as. Only how it begins counts, as it does for browsers. */
export function markupOf(text: string): Markup {
  const start = text.replace(BLANK, '');
  if (/^\+(?:ADw|\/v[89+/])/.test(start))
    return markupOf(decodeUtf7(start)) === undefined ? undefined : 'html';
  if (SCRIPT.test(start)) return 'html';
  const isXml = /^<\?xml/i.test(start);
  const declared = start.replace(PROLOG, '');
  const doctype = DOCTYPE.exec(declared);
  const root = doctype ? declared.slice(doctype[0].length).replace(PROLOG, '') : declared;
  const name = ELEMENT.exec(root)?.[1]?.toLowerCase() ?? '';
  const type = doctype?.[1]?.toLowerCase();
  if (name === 'svg' || (type === 'svg' && name === '')) return 'svg';
  if (type === 'html' || DOCUMENT.test(name)) return 'html';
  if (isXml || doctype) return 'xml';
  if (PIECE.test(name) || (start !== text && text.trimStart().startsWith('<!--')))
    return ACTIVE.test(firstBlock(text)) ? 'html' : 'fragment';
  return name === '' ? undefined : 'element';
}

/** Up to the first empty line, where a block of HTML ends in Markdown: https://spec.commonmark.org/0.31.2/#html-blocks */
function firstBlock(text: string): string {
  return text.trimStart().split(/\n[\t ]*\r?\n/, 1)[0] ?? '';
}

/** RFC 2152. Browsers read it no more, others may. */
function decodeUtf7(text: string): string {
  return text
    .replace(/\+([A-Za-z0-9+/]+)-?/g, (_, coded: string) => {
      const bytes = Buffer.from(coded, 'base64');
      return bytes
        .subarray(0, bytes.length & ~1)
        .swap16()
        .toString('utf16le');
    })
    .replace(/^\ufeff/, '');
}
