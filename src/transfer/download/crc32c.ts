/** Castagnoli's polynomial, reflected: https://www.rfc-editor.org/rfc/rfc3720#section-12.1 */
const POLYNOMIAL = 0x82f63b78;
let table: Uint32Array | undefined;

/** CRC-32C, which no module of Node has. @param crc That of the bytes before. */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  const steps = (table ??= makeTable());
  let state = ~crc;
  // The index is of one byte, and the table has 256 entries.
  for (let i = 0; i < bytes.length; i++) state = (state >>> 8) ^ steps[(state ^ bytes[i]!) & 0xff]!;
  return ~state >>> 0;
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let state = byte;
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ (state & 1 ? POLYNOMIAL : 0);
    return state;
  });
}
