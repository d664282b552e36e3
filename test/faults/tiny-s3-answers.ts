import { crc32 } from 'node:zlib';
import type { Answer } from './http-message.js';
import { errorXml } from './tiny-s3-xml.js';

/** A refusal with the XML of S3. */
export function refusal(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return xml(status, errorXml(code), headers);
}

/** An answer of XML. */
export function xml(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

/** An answer without a body. */
export function bare(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: Buffer.alloc(0) };
}

/** CRC32 as S3 writes it: base64 of four bytes, the highest first. */
export function crc32Of(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}
