/** The polynomial of CRC-32, reflected: https://www.rfc-editor.org/rfc/rfc1952#section-8 */
const POLYNOMIAL = 0xedb88320;
/** The polynomial 1, and x: the highest bit is the lowest power. */
const ONE = 0x80000000;
const X = 0x40000000;

/** Puts CRC-32s of pieces together to that of the whole, without the bytes: as `crc32_combine` of zlib. */
export class Crc32Combiner {
  /** By length: most pieces of a whole have the same. */
  private readonly powers = new Map<number, number>();

  /** The CRC-32 of two pieces, one behind the other. @param secondLength Bytes of the second. */
  combine(first: number, second: number, secondLength: number): number {
    // A piece of n bytes behind the first one multiplies that by x^(8n), modulo the polynomial.
    return (multiply(this.power(secondLength), first) ^ second) >>> 0;
  }

  private power(length: number): number {
    let power = this.powers.get(length);
    if (power === undefined) this.powers.set(length, (power = powerOf(length)));
    return power;
  }
}

/** x^(8 * bytes) */
function powerOf(bytes: number): number {
  let square = X;
  for (let i = 0; i < 3; i++) square = multiply(square, square);
  let power = ONE;
  // Lengths are beyond 32 bits, so not by bit operations.
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power >>> 0;
}

/** The product of two polynomials over GF(2), modulo that of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= b;
    b = (b & 1) !== 0 ? (b >>> 1) ^ POLYNOMIAL : b >>> 1;
  }
  return product >>> 0;
}
