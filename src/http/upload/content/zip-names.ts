const LOCAL_HEADER = Buffer.from('PK\x03\x04', 'latin1');
/** Bytes of a local header before its name. */
const FIXED = 30;

/**
 * The names of the entries that begin in `head`: APPNOTE 4.3.7, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
 * After an entry whose length stands behind it, which a writer to a stream does, the next header is looked for.
 */
export function zipNames(head: Uint8Array): readonly string[] {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const names: string[] = [];
  let at = 0;
  while (at >= 0 && at + FIXED <= bytes.length && bytes.subarray(at, at + 4).equals(LOCAL_HEADER)) {
    const isStreamed = (bytes.readUInt16LE(at + 6) & 8) !== 0;
    const size = bytes.readUInt32LE(at + 18);
    const nameEnd = at + FIXED + bytes.readUInt16LE(at + 26);
    const start = nameEnd + bytes.readUInt16LE(at + 28);
    if (nameEnd <= bytes.length) names.push(bytes.toString('latin1', at + FIXED, nameEnd));
    const isKnown = !isStreamed && size !== 0xffffffff;
    at = isKnown ? start + size : bytes.indexOf(LOCAL_HEADER, start);
  }
  return names;
}
