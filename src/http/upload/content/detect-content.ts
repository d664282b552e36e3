import { markupOf } from './markup.js';
import { readText, type TextContent } from './text-content.js';
import { zipNames } from './zip-names.js';

/** Bytes that are looked at: what file-type needs of most formats. */
export const HEAD_BYTES = 4100;
/** Bytes that are looked at of a ZIP, so that the names of its first entries are among them. */
export const ZIP_HEAD_BYTES = 64 * 1024;

/** Formats that may be text all through, but are not for their name. */
const SIGNATURES: readonly (readonly [RegExp, string])[] = [
  [/^%PDF-/, 'application/pdf'],
  [/^\{\\rtf/, 'application/rtf'],
  [/^%!PS/, 'application/postscript'],
];
const JSON_START = /^\s*(?:[[{"\d-]|true\b|false\b|null\b)/;
/** What file-type finds by the directory of a TIFF, which most writers put at its end. */
const TIFF = /^(?:II\*\0|MM\0\*)/;
const OFFICE = 'application/vnd.openxmlformats-officedocument';
const PARTS: readonly (readonly [string, string])[] = [
  ['word/', `${OFFICE}.wordprocessingml.document`],
  ['xl/', `${OFFICE}.spreadsheetml.sheet`],
  ['ppt/', `${OFFICE}.presentationml.presentation`],
];
/** What any package of Office has besides: ECMA-376, part 2. */
const PACKAGE = /^(?:\[Content_Types\]\.xml$|_rels\/|docProps\/|customXml\/)/;

/** Whether more than HEAD_BYTES has to be looked at. */
export function isZip([a, b, c, d]: Uint8Array): boolean {
  return a === 0x50 && b === 0x4b && c === 3 && d === 4;
}

/**
 * What a content is by its first bytes, any of: a media type as file-type calls it; `text`, `json`, `xml`, `svg`, `html`, and
 * `fragment`, a piece of HTML; `opc`, a package of Office of unknown kind; `unknown`. Nothing beyond `head` is read or unpacked.
 * @param cut Whether the content goes on after `head`.
 */
export async function detectContent(head: Uint8Array, cut: boolean): Promise<readonly string[]> {
  const start = head.subarray(0, HEAD_BYTES);
  const content = readText(start, cut || start.length < head.length);
  const { text, certainty } = content;
  const markup = markupOf(text);
  if (markup === 'html' || markup === 'svg' || markup === 'xml') return [markup];
  const trimmed = text.trimStart();
  const signature = SIGNATURES.find(([pattern]) => pattern.test(trimmed));
  if (signature) return [signature[1]];
  // An empty file may be any text.
  if (head.length === 0) return ['text', 'json'];
  if (certainty === 'unicode') return kindsOfText(content);
  const binary = await detectBinary(head, cut);
  if (binary.length > 0) return binary;
  return certainty === 'legacy' ? kindsOfText(content) : ['unknown'];
}

function kindsOfText({ text, certainty }: TextContent): readonly string[] {
  const markup = markupOf(text);
  if (markup === 'fragment') return ['fragment'];
  if (markup === 'element') return ['text', 'xml'];
  // JSON is in UTF-8: RFC 8259, 8.1.
  return certainty === 'unicode' && JSON_START.test(text) ? ['text', 'json'] : ['text'];
}

async function detectBinary(head: Uint8Array, cut: boolean): Promise<readonly string[]> {
  // file-type would inflate it, to see whether a TAR is in it.
  if (head[0] === 0x1f && head[1] === 0x8b) return ['application/gzip'];
  const found = await fileTypeOf(head);
  if (found === 'application/zip') return kindsOfZip(head, cut);
  if (found !== undefined) return [found];
  return TIFF.test(Buffer.from(head.subarray(0, 4)).toString('latin1')) ? ['image/tiff'] : [];
}

async function fileTypeOf(head: Uint8Array): Promise<string | undefined> {
  // Only an application that looks at content pays for it.
  const { fileTypeFromBuffer } = await import('file-type/core');
  try {
    const found = await fileTypeFromBuffer(head);
    return found?.mime.split(';', 1)[0]?.toLowerCase();
  } catch {
    // What breaks it is nothing that it knows.
    return undefined;
  }
}

/** The media types that a signature is known of. */
export async function recognisedTypes(): Promise<ReadonlySet<string>> {
  const { supportedMimeTypes } = await import('file-type/core');
  return supportedMimeTypes;
}

/** The kind of an Office file stands in an entry that LibreOffice and others write last, so that the names have to tell. */
function kindsOfZip(head: Uint8Array, cut: boolean): readonly string[] {
  const names = zipNames(head);
  const part = PARTS.find(([folder]) => names.some((name) => name.startsWith(folder)));
  if (part) return ['application/zip', part[1]];
  return cut && names.some((name) => PACKAGE.test(name)) ? ['application/zip', 'opc'] : ['application/zip'];
}
