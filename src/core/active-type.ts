const ACTIVE: ReadonlySet<string> = new Set([
  'text/html',
  'text/xml',
  'text/xsl',
  'application/xml',
  'application/javascript',
  'application/x-javascript',
  'application/ecmascript',
  'application/x-ecmascript',
  'text/javascript',
  'text/ecmascript',
  'text/jscript',
  'text/livescript',
  'text/x-javascript',
  'text/x-ecmascript',
  'multipart/x-mixed-replace',
  'application/x-shockwave-flash',
]);

/** RFC 9110, 5.6.4. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** What keeps a browser from running what it displays all the same. */
export const SANDBOX = "sandbox; default-src 'none'";

/**
 * Whether a browser would run content of this type with the rights of the site that serves it:
 * HTML, XML of any kind (SVG, XHTML) and scripts. Browsers take the last type of a list, also where a parameter
 * hides it (`text/plain;x=,text/html`): https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
 */
export function isActive(contentType: string): boolean {
  return contentType.replace(QUOTED, '').split(',').some(isActiveType);
}

function isActiveType(text: string): boolean {
  const type = (text.split(';', 1)[0] ?? '').trim().toLowerCase();
  return ACTIVE.has(type) || type.endsWith('+xml') || type.endsWith('/xml');
}
