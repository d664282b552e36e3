import { isMediaType } from './media-type.js';

const ACTIVE: ReadonlySet<string> = new Set([
  'text/html',
  'text/xml',
  'text/xsl',
  // `gXMLTypes` of Firefox: https://github.com/mozilla/gecko-dev/blob/392df3541c277cd718fdc64c953640be0382d601/layout/build/nsContentDLF.cpp
  'text/rdf',
  // Its old versions, and XML that https://mimesniff.spec.whatwg.org/#xml-mime-type leaves out.
  'text/xul',
  'application/xml-dtd',
  'application/xml-external-parsed-entity',
  'text/xml-external-parsed-entity',
  'application/xml',
  'application/javascript',
  'application/x-javascript',
  'application/ecmascript',
  'application/x-ecmascript',
  'text/javascript',
  'text/ecmascript',
  'text/jscript',
  'text/livescript',
  'text/vbscript',
  'text/x-javascript',
  'text/x-ecmascript',
  'multipart/x-mixed-replace',
  // Web archives, pages with all that belongs to them: RFC 2557.
  'multipart/related',
  'message/rfc822',
  'application/x-mimearchive',
  // What old versions of Internet Explorer run.
  'text/x-component',
  'text/scriptlet',
  'application/x-shockwave-flash',
  'application/hta',
  // With versions: https://mimesniff.spec.whatwg.org/#javascript-mime-type
  ...[0, 1, 2, 3, 4, 5].map((minor) => `text/javascript1.${minor}`),
]);

/** What keeps a browser from running what it displays all the same. */
export const SANDBOX = "sandbox; default-src 'none'";

/**
 * Whether a browser may run content of this type with the rights of the site that serves it: HTML, XML of any kind (SVG,
 * XHTML), scripts, and whatever is no media type. Browsers take the last type of a list, also where a parameter hides it
 * (`text/plain;x=,text/html(`), and end a type where they like: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
 */
export function isActive(contentType: string): boolean {
  return !isMediaType(contentType) || contentType.split(',').some(isActiveType);
}

function isActiveType(text: string): boolean {
  const type = (text.trim().split(/[\s;("]/, 1)[0] ?? '').toLowerCase();
  return ACTIVE.has(type) || type.endsWith('+xml') || type.endsWith('/xml');
}
