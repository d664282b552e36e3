import { randomBytes } from 'node:crypto';
import { zipOf, type ZipEntry } from './zip.js';

const MAIN = 'application/vnd.openxmlformats-officedocument';

/** What a part of a package says of its type, as Word writes it. */
function contentTypes(main: string): ZipEntry {
  return {
    name: '[Content_Types].xml',
    content:
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n' +
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Override PartName="/main.xml" ContentType="${main}.main+xml"/></Types>`,
  };
}

const rels: ZipEntry = {
  name: '_rels/.rels',
  content:
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
};
const core: ZipEntry = { name: 'docProps/core.xml', content: '<?xml version="1.0"?><coreProperties/>' };
const wordTypes = contentTypes(`${MAIN}.wordprocessingml.document`);
const body: ZipEntry = {
  name: 'word/document.xml',
  content: `<w:document>${'text '.repeat(400)}</w:document>`,
};
const streamed = (entry: ZipEntry): ZipEntry => ({ ...entry, streamed: true });

/** A document in the order of entries, and in the form, of several writers. */
export const DOCX = {
  Word: zipOf([wordTypes, rels, body, core]),
  LibreOffice: zipOf(
    [rels, core, { ...body, name: 'word/_rels/document.xml.rels' }, body, wordTypes].map(streamed),
  ),
  'Google Docs': zipOf(
    [{ name: 'word/numbering.xml', content: '<w:numbering/>' }, body, rels, wordTypes].map(streamed),
  ),
  // Nothing before the picture says more than that it is a package.
  'a writer that begins with a large picture': zipOf([
    rels,
    { name: 'docProps/thumbnail.jpeg', content: randomBytes(100_000), stored: true },
    body,
    wordTypes,
  ]),
} satisfies Readonly<Record<string, Buffer>>;

export const DOCM = zipOf([contentTypes('application/vnd.ms-word.document.macroEnabled'), rels, body]);
export const XLSX = zipOf([
  contentTypes(`${MAIN}.spreadsheetml.sheet`),
  rels,
  { name: 'xl/workbook.xml', content: '<workbook/>' },
]);
/** As openpyxl writes it. */
export const XLSX_LAST = zipOf([
  { name: 'docProps/app.xml', content: '<Properties/>' },
  core,
  { name: 'xl/theme/theme1.xml', content: '<theme/>'.repeat(800) },
  { name: 'xl/workbook.xml', content: '<workbook/>' },
  rels,
  contentTypes(`${MAIN}.spreadsheetml.sheet`),
]);
export const PPTX = zipOf([
  contentTypes(`${MAIN}.presentationml.presentation`),
  rels,
  { name: 'ppt/presentation.xml', content: '<presentation/>' },
]);
/** A package of the Open Document Format: its type stands in its first entry, as it is. */
export const odf = (kind: string): Buffer =>
  zipOf([
    { name: 'mimetype', content: `application/vnd.oasis.opendocument.${kind}`, stored: true },
    { name: 'content.xml', content: '<office:document-content/>' },
  ]);
export const PLAIN_ZIP = zipOf([{ name: 'notes.txt', content: 'text' }]);
