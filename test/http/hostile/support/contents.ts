import { crc32, deflateRawSync, deflateSync } from 'node:zlib';

const be32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
};
const chunk = (type: string, data: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type), data]);
  return Buffer.concat([be32(data.length), named, be32(crc32(named))]);
};

/** A PNG of one pixel, or one that says it has more. */
export const png = (width = 1, height = 1): Buffer =>
  Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', Buffer.concat([be32(width), be32(height), Buffer.from([8, 0, 0, 0, 0])])),
    chunk('IDAT', deflateSync(Buffer.alloc(2))),
    chunk('IEND', Buffer.alloc(0)),
  ]);

const le = (value: number, bytes: number): Buffer => {
  const out = Buffer.alloc(bytes);
  out.writeUIntLE(value, 0, bytes);
  return out;
};

/** A ZIP of one file, packed. @param says The size that its header names. Default: the right one. */
export function zip(name: string, content: Buffer, says = content.length): Buffer {
  const packed = deflateRawSync(content);
  const common = Buffer.concat([
    le(20, 2),
    le(0, 2),
    le(8, 2),
    le(0, 2),
    le(0, 2),
    le(crc32(content), 4),
    le(packed.length, 4),
    le(says, 4),
    le(name.length, 2),
    le(0, 2),
  ]);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed]);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02', 'latin1'),
    le(20, 2),
    common,
    le(0, 2),
    le(0, 2),
    le(0, 2),
    le(0, 4),
    le(0, 4),
    Buffer.from(name),
  ]);
  const end = Buffer.concat([
    Buffer.from('PK\x05\x06', 'latin1'),
    le(0, 4),
    le(1, 2),
    le(1, 2),
    le(central.length, 4),
    le(local.length, 4),
    le(0, 2),
  ]);
  return Buffer.concat([local, central, end]);
}

const pixels = '0000000000000000';
/** The beginnings of real formats, with something behind them. */
export const CONTENT = {
  PNG: png(),
  JPEG: Buffer.from(`ffd8ffe000104a46494600010100000100010000ffdb0043${'00'.repeat(67)}ffd9`, 'hex'),
  GIF: Buffer.from(`474946383961010001008000${pixels}21f90401000000002c000000000100010000020244013b`, 'hex'),
  PDF: Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF'),
  EXE: Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff', 'latin1'), Buffer.alloc(100)]),
  ELF: Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01\0', 'latin1'), Buffer.alloc(100)]),
  HTML: Buffer.from('<!DOCTYPE html><html><script>alert(document.domain)</script></html>'),
  SVG: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(document.domain)"/>'),
  PHP: Buffer.from('<?php system($_GET["c"]); ?>'),
  ZIP: zip('a.txt', Buffer.from('a')),
} as const;
