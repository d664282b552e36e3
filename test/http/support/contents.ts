import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { DOCX, odf, PLAIN_ZIP, PPTX, XLSX } from './office.js';

const bytes = (...parts: readonly (string | number | Buffer)[]): Buffer =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'number'
        ? Buffer.alloc(part)
        : Buffer.isBuffer(part)
          ? part
          : Buffer.from(part, 'latin1'),
    ),
  );
const be32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
};
const le32 = (value: number): Buffer => be32(value).reverse();

function pngChunk(type: string, data: Buffer): Buffer {
  const named = bytes(type, data);
  return bytes(be32(data.length), named, be32(crc32(named)));
}
const PNG_START = bytes(
  '\x89PNG\r\n\x1a\n',
  pngChunk('IHDR', bytes(be32(1), be32(1), '\x08\x06\x00\x00\x00')),
);
const PNG_END = bytes(pngChunk('IDAT', deflateSync(Buffer.alloc(5))), pngChunk('IEND', Buffer.alloc(0)));
const box = (type: string, data: Buffer): Buffer => bytes(be32(data.length + 8), type, data);
const isoMedia = (brand: string): Buffer =>
  bytes(box('ftyp', bytes(brand, 4, 'isommp42')), box('free', Buffer.alloc(8)));
const riff = (kind: string, data: Buffer): Buffer => bytes('RIFF', le32(data.length + 4), kind, data);
const ogg = (data: Buffer): Buffer =>
  bytes('OggS\x00\x02', 8, '\x01\x00\x00\x00', 4, 4, '\x01', Buffer.of(data.length), data);
const ebml = (type: string): Buffer =>
  bytes(
    '\x1a\x45\xdf\xa3',
    Buffer.of(0x80 | (type.length + 7)),
    '\x42\x86\x81\x01',
    '\x42\x82',
    Buffer.of(0x80 | type.length),
    type,
    '\x18\x53\x80\x67',
    20,
  );

/** Small files of real formats, each with the signature of its own and something behind it. */
export const CONTENTS = {
  png: bytes(PNG_START, PNG_END),
  apng: bytes(PNG_START, pngChunk('acTL', bytes(be32(1), be32(0))), PNG_END),
  jpeg: bytes(
    '\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xdb\x00\x43',
    67,
    '\xff\xd9',
  ),
  gif: bytes(
    'GIF89a\x01\x00\x01\x00\x80\x00\x00',
    6,
    '!\xf9\x04\x01\x00\x00\x00\x00,',
    4,
    '\x01\x00\x01\x00\x00\x02\x02D\x01\x00;',
  ),
  webp: riff('WEBP', bytes('VP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00')),
  bmp: bytes('BM', le32(58), 4, le32(54), le32(40), le32(1), le32(1), '\x01\x00\x18\x00', 28),
  tiff: bytes('II*\x00', le32(70_000), Buffer.alloc(69_992, 0x55), '\x00\x00'),
  avif: isoMedia('avif'),
  heic: isoMedia('heic'),
  heif: isoMedia('mif1'),
  ico: bytes('\x00\x00\x01\x00\x01\x00\x01\x01\x00\x00\x01\x00\x20\x00', le32(48), le32(22), 48),
  pdf: bytes('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n'),
  rtf: bytes('{\\rtf1\\ansi\\deff0 {\\fonttbl {\\f0 Times;}}\\f0\\fs24 text\\par }'),
  doc: bytes('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 16, '\x3e\x00\x03\x00\xfe\xff\x09\x00', 480),
  docx: DOCX.Word,
  xlsx: XLSX,
  pptx: PPTX,
  odt: odf('text'),
  ods: odf('spreadsheet'),
  odp: odf('presentation'),
  zip: PLAIN_ZIP,
  gzip: gzipSync('text'),
  mp3: bytes('ID3\x03\x00\x00\x00\x00\x00\x0a', 10, '\xff\xfb\x90\x00', 413),
  mp3WithoutTag: bytes('\xff\xfb\x90\x00', 413, '\xff\xfb\x90\x00', 413),
  wav: riff(
    'WAVE',
    bytes('fmt ', le32(16), '\x01\x00\x01\x00', le32(8000), le32(8000), '\x01\x00\x08\x00data', le32(4), 4),
  ),
  m4a: isoMedia('M4A '),
  mp4: isoMedia('isom'),
  webm: ebml('webm'),
  matroska: ebml('matroska'),
  opus: ogg(bytes('OpusHead\x01\x02', 9)),
  vorbis: ogg(bytes('\x01vorbis', 23)),
  theora: ogg(bytes('\x80theora\x03\x02\x01', 32)),
  flac: bytes('fLaC\x00\x00\x00\x22', 34),
  aac: bytes('\xff\xf1\x50\x80\x02\x1f\xfc', 60),
  aiff: bytes('FORM', be32(46), 'AIFFCOMM', be32(18), 18),
  midi: bytes('MThd', be32(6), '\x00\x00\x00\x01\x00\x60MTrk', be32(4), '\x00\xff\x2f\x00'),
  exe: bytes('MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff', 100),
  elf: bytes('\x7fELF\x02\x01\x01\x00', 56),
  wasm: bytes('\x00asm\x01\x00\x00\x00'),
  unknown: bytes('\x01\x02\x03\x04 nothing that anybody knows \x00\x05'),
  text: Buffer.from('Grüße aus Zürich\nnext line\tand a tab\n'),
  markdown: Buffer.from('# Title\n\nSome *text*.\n'),
  csv: Buffer.from('id;name\n1;Zoë\n'),
  json: Buffer.from('{"a": [1, 2, "ü"]}\n'),
  html: Buffer.from('<!DOCTYPE html>\n<html><body><script>alert(1)</script></body></html>'),
  svg: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
  xml: Buffer.from('<?xml version="1.0"?>\n<note><to>x</to></note>'),
  javascript: Buffer.from('export const a = () => 1;\n'),
} as const satisfies Record<string, Buffer>;
