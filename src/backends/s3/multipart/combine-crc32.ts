/** Of CRC-32, its bits in reverse: https://www.rfc-editor.org/rfc/rfc1952#section-8 */
const POLYNOMIAL = 0xedb88320;

/** What a CRC becomes by a number of zero bits: for each of its bits a column. */
type Matrix = readonly number[];

/**
 * The CRC-32 of two runs of bytes, one behind the other, from their own: `second` is that of `length` bytes. Zero bytes
 * change a CRC by a linear map over GF(2), which is squared as often as `length` has bits.
 */
export function combineCrc32(first: number, second: number, length: number): number {
  let crc = first;
  // Of one zero bit; squared three times of a byte.
  let zeros: Matrix = Array.from({ length: 32 }, (_, bit) => (bit === 0 ? POLYNOMIAL : 2 ** (bit - 1)));
  for (let i = 0; i < 3; i++) zeros = squared(zeros);
  // Not by shifts, which know 32 bits alone.
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = times(zeros, crc);
    zeros = squared(zeros);
  }
  return (crc ^ second) >>> 0;
}

function times(matrix: Matrix, vector: number): number {
  let product = 0;
  for (let bit = 0, left = vector >>> 0; left !== 0; bit++, left >>>= 1)
    if (left & 1) product ^= matrix[bit]!;
  return product >>> 0;
}

const squared = (matrix: Matrix): Matrix => matrix.map((column) => times(matrix, column));
