import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Buffer | string;
  /** Not deflated. */
  readonly stored?: boolean;
  /** Written to a stream: sizes and checksum stand behind the content. */
  readonly streamed?: boolean;
}

/** A ZIP archive, with its directory. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored = false, streamed = false } of entries) {
    const bytes = Buffer.from(content);
    const data = stored ? bytes : deflateRawSync(bytes);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(bytes), 0);
    sizes.writeUInt32LE(data.length, 4);
    sizes.writeUInt32LE(bytes.length, 8);
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16LE(20, 0);
    fixed.writeUInt16LE(streamed ? 8 : 0, 2);
    fixed.writeUInt16LE(stored ? 0 : 8, 4);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(Buffer.byteLength(name), 0);
    const local = [
      Buffer.from('PK\x03\x04', 'latin1'),
      fixed,
      streamed ? Buffer.alloc(12) : sizes,
      lengths,
      Buffer.from(name),
      data,
      ...(streamed ? [Buffer.from('PK\x07\x08', 'latin1'), sizes] : []),
    ];
    const at = Buffer.alloc(4);
    at.writeUInt32LE(offset);
    directory.push(
      Buffer.from('PK\x01\x02\x14\x00', 'latin1'),
      fixed,
      sizes,
      lengths,
      Buffer.alloc(10),
      at,
      Buffer.from(name),
    );
    files.push(...local);
    offset += Buffer.concat(local).length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, central, end]);
}
