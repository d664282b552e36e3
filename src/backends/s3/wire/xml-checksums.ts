import type { XmlReader } from './xml-reader.js';
import { detached } from './xml-values.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Part.html */
const NAME = /^Checksum(CRC32|CRC32C|CRC64NVME|SHA1|SHA256|SHA512|MD5|XXHASH3|XXHASH64|XXHASH128)$/;

/** Keeps the checksum that stands in the element `name`, if it is one; else the element is still to be read. */
export function readChecksum(reader: XmlReader, name: string, checksums: Record<string, string>): boolean {
  const algorithm = NAME.exec(name)?.[1];
  if (algorithm === undefined) return false;
  const value = detached(reader.text().trim());
  if (value !== '') checksums[algorithm.toLowerCase()] = value;
  return true;
}
