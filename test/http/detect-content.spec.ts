import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import {
  detectContent,
  HEAD_BYTES,
  ZIP_HEAD_BYTES,
  isZip,
} from '../../src/http/upload/content/detect-content.js';
import { CONTENTS } from './support/contents.js';
import { DOCM, DOCX, odf, XLSX_LAST } from './support/office.js';
import { zipOf } from './support/zip.js';

const OFFICE = 'application/vnd.openxmlformats-officedocument';
const DOCUMENT = `${OFFICE}.wordprocessingml.document`;

function detect(content: Buffer | string): Promise<readonly string[]> {
  const bytes = Buffer.from(content);
  const head = bytes.subarray(0, isZip(bytes) ? ZIP_HEAD_BYTES : HEAD_BYTES);
  return detectContent(head, head.length < bytes.length);
}

const FOUND: Readonly<Record<keyof typeof CONTENTS, string>> = {
  png: 'image/png',
  apng: 'image/apng',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  tiff: 'image/tiff',
  avif: 'image/avif',
  heic: 'image/heic',
  heif: 'image/heif',
  ico: 'image/x-icon',
  pdf: 'application/pdf',
  rtf: 'application/rtf',
  doc: 'application/x-cfb',
  docx: DOCUMENT,
  xlsx: `${OFFICE}.spreadsheetml.sheet`,
  pptx: `${OFFICE}.presentationml.presentation`,
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odp: 'application/vnd.oasis.opendocument.presentation',
  zip: 'application/zip',
  gzip: 'application/gzip',
  mp3: 'audio/mpeg',
  mp3WithoutTag: 'audio/mpeg',
  wav: 'audio/wav',
  m4a: 'audio/x-m4a',
  mp4: 'video/mp4',
  webm: 'video/webm',
  matroska: 'video/matroska',
  opus: 'audio/ogg',
  vorbis: 'audio/ogg',
  theora: 'video/ogg',
  flac: 'audio/flac',
  aac: 'audio/aac',
  aiff: 'audio/aiff',
  midi: 'audio/midi',
  exe: 'application/x-msdownload',
  elf: 'application/x-elf',
  wasm: 'application/wasm',
  unknown: 'unknown',
  text: 'text',
  markdown: 'text',
  csv: 'text',
  json: 'text json',
  html: 'html',
  svg: 'svg',
  xml: 'xml',
  javascript: 'text',
};

describe('What a content is', () => {
  it.each(Object.entries(FOUND))('%s', async (name, found) => {
    expect((await detect(CONTENTS[name as keyof typeof CONTENTS])).join(' ')).toBe(found);
  });

  it.each(['Word', 'LibreOffice', 'Google Docs'] as const)('a document of %s', async (writer) => {
    expect(await detect(DOCX[writer])).toContain(DOCUMENT);
  });

  it('an Office file that does not say in 64 KiB of which kind it is', async () => {
    const content = DOCX['a writer that begins with a large picture'];
    expect(await detect(content)).toEqual(['application/zip', 'opc']);
    // When that is all there is, it is none.
    expect(await detectContent(content.subarray(0, 1000), false)).toEqual(['application/zip']);
  });

  it('Office files with macros, with the type last, and of the Open Document Format', async () => {
    expect(await detect(DOCM)).toEqual(['application/vnd.ms-word.document.macroenabled.12']);
    expect(await detect(XLSX_LAST)).toContain(`${OFFICE}.spreadsheetml.sheet`);
    expect(await detect(odf('graphics'))).toEqual(['application/vnd.oasis.opendocument.graphics']);
  });

  it('a ZIP in a ZIP is what the outer one is', async () => {
    const inner = DOCX.Word;
    expect(await detect(zipOf([{ name: 'a.docx', content: inner, stored: true }]))).toEqual([
      'application/zip',
    ]);
  });

  it('a TIFF whose directory is at its end, in either order of bytes', async () => {
    expect(
      await detect(Buffer.concat([Buffer.from('MM\x00*\x00\x01\x00\x00'), Buffer.alloc(70_000, 0x81)])),
    ).toEqual(['image/tiff']);
  });
});

describe('Text', () => {
  const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
  it.each([
    ['one character', 'a'],
    ['UTF-8 with a mark', '\ufefftext'],
    ['UTF-16, little', utf16('Grüße 😀')],
    ['UTF-16, big', utf16('Grüße 😀').swap16()],
    ['UTF-16, nothing but its mark', utf16('')],
    ['UTF-32, little', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0, 0x00, 0xf6, 0x01, 0])],
    ['UTF-32, big', Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x61, 0, 1, 0xf6, 0])],
    ['a legacy encoding', Buffer.from('Größe;Straße\n', 'latin1')],
    ['ISO-2022-JP', Buffer.from('\x1b$B$3\x1b(B')],
    ['a form feed', 'page\fpage'],
    ['what begins as a BMP, an EXE, an AIFF, an MP3 or a GIF would', 'BM MZ FORM ID3'],
    ['BMP', 'BMW is a make of cars'],
    ['EXE', 'MZ'],
    ['AIFF', 'FORM of a letter'],
    ['GIF and script in one', 'GIF89a/*\n*/=1;alert(1)//'],
    ['an address in brackets', '<someone@example.com> wrote:'],
    ['UTF-7 that is no markup', '+AOk-'],
  ])('%s', async (_, content) => {
    expect(await detect(content)).toEqual(['text']);
  });

  it('is that where a character is cut by the end of what is looked at, and not by its own end', async () => {
    const text = Buffer.from('ü'.repeat(HEAD_BYTES));
    for (const at of [HEAD_BYTES - 1, HEAD_BYTES])
      expect(await detectContent(text.subarray(0, at), true)).toEqual(['text']);
    const one = Buffer.from('𝄞', 'utf16le');
    expect(await detectContent(Buffer.concat([Buffer.of(0xff, 0xfe), one.subarray(0, 2)]), true)).toEqual([
      'text',
    ]);
  });

  it.each([
    ['a NUL', 'text\0text'],
    ['a control character', 'text\x07'],
    ['UTF-16 without its mark', Buffer.from('text', 'utf16le')],
    ['a lone surrogate', Buffer.from([0xff, 0xfe, 0x61, 0, 0, 0xd8, 0x62, 0])],
    ['UTF-32 that reaches too far', Buffer.from([0, 0, 0xfe, 0xff, 0, 0x11, 0, 0])],
    ['a control character far in', `${'a'.repeat(4000)}\x01`],
  ])('is nothing with %s', async (_, content) => {
    expect(await detect(content)).not.toContain('text');
  });

  it.each([
    ['{"a":1}', true],
    ['\n [1]', true],
    ['"text"', true],
    ['-1', true],
    ['null', true],
    ['nullify', false],
    ['text', false],
    ['', true],
  ])('may be JSON: %j, %s', async (content, expected) => {
    expect((await detect(content)).includes('json')).toBe(expected);
  });
});

describe('Markup', () => {
  const long = ' '.repeat(2000);
  it.each([
    '<!DOCTYPE html>',
    '<!doctype HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">',
    '<HTML>',
    '<script>alert(1)</script>',
    '<script',
    '<ScRiPt src=x>',
    '\ufeff<script>',
    `${long}<script>`,
    '\r\n\t\f <!-- a --> <!-- b -->\n<script>',
    '<iframe/src=x>',
    '<style>',
    '<title>a',
    '<body onload=alert(1)>',
    '<meta http-equiv=refresh content=0>',
    '<object data=x>',
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
    '<h:html xmlns:h="http://www.w3.org/1999/xhtml">',
    '<!-- a --><p><img src=x onerror=alert(1)>',
    '<div><script>alert(1)</script></div>',
    '<a href="javascript:alert(1)">x</a>',
    '<?php system($_GET[0]);',
    '<?= 1 ?>',
    '<%@ page %>',
    '+ADw-script+AD4-alert(1)+ADw-/script+AD4-',
    '+/v8-+ADw-html+AD4-',
    '<script>\0\x01\x02',
  ])('%j is HTML or a script', async (content) => {
    expect(await detect(content)).toEqual(['html']);
  });

  it.each(['utf16le', 'big'])('HTML in UTF-16 is HTML: %s', async (order) => {
    const content = Buffer.from('\ufeff <script>alert(1)</script>', 'utf16le');
    expect(await detect(order === 'big' ? content.swap16() : content)).toEqual(['html']);
  });

  it.each([
    '<svg xmlns="http://www.w3.org/2000/svg">',
    '<svg/onload=alert(1)>',
    '<?xml version="1.0"?>\n<!-- Inkscape --><svg>',
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd"><svg>',
    '<!DOCTYPE svg [ <!ENTITY a "b"> ]><svg>&a;</svg>',
    '<!DOCTYPE x [ <!ENTITY a "<b>"> ]><svg>',
    '<s:svg xmlns:s="http://www.w3.org/2000/svg">',
    '<SVG>',
  ])('%j is SVG', async (content) => {
    expect(await detect(content)).toEqual(['svg']);
  });

  it.each(['<?xml version="1.0"?><note/>', '<?xml version="1.0"?>', '<!DOCTYPE note SYSTEM "x"><note>'])(
    '%j is XML',
    async (content) => {
      expect(await detect(content)).toEqual(['xml']);
    },
  );

  it.each([
    '<p align="center"><img src="logo.png"></p>\n\n# Title\n\n```html\n<script src=x></script>\n```',
    '<!-- a comment -->\n# Title',
    '<h1 align=center>Title</h1>',
    '<div>\n\ntext',
    '<details><summary>more</summary>',
  ])('%j is a piece of HTML, as Markdown has', async (content) => {
    expect(await detect(content)).toEqual(['fragment']);
  });

  it('an element of no known kind may be text or XML', async () => {
    expect(await detect('<note>text</note>')).toEqual(['text', 'xml']);
  });

  it('what begins as HTML is HTML, whatever it is for others', async () => {
    expect(await detect('<html><!--\n%PDF-1.7\n%\xe2\xe3\xcf\xd3-->')).toEqual(['html']);
    expect(await detect(Buffer.concat([Buffer.from('<script>'), CONTENTS.zip]))).toEqual(['html']);
  });

  it('what begins as another format is that, whatever comes then', async () => {
    const html = Buffer.from('<script>alert(1)</script><?php system($_GET[0]);');
    for (const name of ['png', 'jpeg', 'gif', 'pdf', 'mp3'] as const)
      expect((await detect(Buffer.concat([CONTENTS[name], html])))[0]).toBe(FOUND[name]);
    expect(await detect(Buffer.concat([CONTENTS.png, CONTENTS.zip]))).toEqual(['image/png']);
  });

  it('a PDF begins with its header, or blanks before it', async () => {
    expect(await detect(`\r\n${CONTENTS.pdf.toString('latin1')}`)).toEqual(['application/pdf']);
    expect(await detect(`\ufeff%PDF-1.4\n`)).toEqual(['application/pdf']);
    expect(await detect(`junk\n%PDF-1.4\n\0`)).toEqual(['unknown']);
  });
});

describe('A head that is made to cost', () => {
  const fill = (unit: string | Buffer, bytes = ZIP_HEAD_BYTES): Buffer => Buffer.alloc(bytes, unit);
  const entry = (name: string, content: Buffer): Buffer => zipOf([{ name, content }]);
  /** Says that its first entry has 100 bytes when it is unpacked. */
  const lying = (zip: Buffer): Buffer => {
    zip.writeUInt32LE(100, 22);
    return zip;
  };
  const asf = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
  const utf7 = (text: string): string =>
    `+${Buffer.from(text, 'utf16le').swap16().toString('base64').replace(/=+$/, '')}-`;
  it.each<[string, Buffer]>([
    ['a ZIP bomb in [Content_Types].xml', entry('[Content_Types].xml', Buffer.alloc(60 * 1024 * 1024))],
    ['a ZIP bomb as mimetype', entry('mimetype', Buffer.alloc(60 * 1024 * 1024))],
    [
      'a ZIP bomb that says that it is small',
      lying(entry('[Content_Types].xml', Buffer.alloc(60 * 1024 * 1024))),
    ],
    ['a ZIP of headers', fill(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(26)]))],
    [
      'a ZIP of streamed entries',
      fill(Buffer.concat([Buffer.from('PK\x03\x04\x14\0\x08\0', 'latin1'), Buffer.alloc(22)])),
    ],
    [
      'a ZIP of entries that say they are endless',
      fill(
        Buffer.concat([
          Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1'),
          Buffer.alloc(10),
          Buffer.alloc(8, 0xff),
          Buffer.alloc(4),
        ]),
      ),
    ],
    ['a gzip bomb', gzipSync(Buffer.alloc(200 * 1024 * 1024))],
    ['ASF objects without a length (CVE-2026-31808)', Buffer.concat([asf, fill('\0', 4084)])],
    [
      'ASF objects',
      Buffer.concat([
        asf,
        Buffer.alloc(14),
        fill(Buffer.concat([Buffer.alloc(16), Buffer.from([24, 0, 0, 0, 0, 0, 0, 0])]), 4070),
      ]),
    ],
    [
      'EBML elements (CVE-2022-36313)',
      Buffer.concat([Buffer.from('1a45dfa3', 'hex'), fill(Buffer.of(0x80, 0x80), 4096)]),
    ],
    ['tags of ID3', fill(Buffer.from('ID3\x03\0\0\0\0\0\0'), HEAD_BYTES)],
    [
      'chunks of PNG',
      Buffer.concat([CONTENTS.png.subarray(0, 33), fill(Buffer.from('\0\0\0\0tEXt\0\0\0\0'), 4067)]),
    ],
    ['byte order marks', fill('\ufeff', HEAD_BYTES)],
    ['a comment that does not end', fill('<!--', HEAD_BYTES)],
    ['comments', fill('<!---->', HEAD_BYTES)],
    ['tags that do not end', Buffer.concat([Buffer.from('<p>'), fill('< on', 4097)])],
    ['handlers', Buffer.concat([Buffer.from('<p '), fill(' onon', 4097)])],
    ['instructions', fill('<?', HEAD_BYTES)],
    ['document types', fill('<!doctype x [', HEAD_BYTES)],
    ['blanks', fill(' ', HEAD_BYTES)],
    ['UTF-7 in UTF-7', Buffer.from(utf7(utf7(`+ADw-${'+ADw'.repeat(40)}`)))],
    ['plus signs', fill('+ADw', HEAD_BYTES)],
  ])(
    '%s is looked at within a bound',
    async (_, content) => {
      const head = content.subarray(0, ZIP_HEAD_BYTES);
      const before = process.cpuUsage();
      await detectContent(head, true);
      const { user } = process.cpuUsage(before);
      // Two orders above what any of them takes: what is not bounded by the head takes seconds or never ends.
      expect(user).toBeLessThan(2_000_000);
    },
    20_000,
  );
});
