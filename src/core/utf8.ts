/**
 * Orders strings by their UTF-8 bytes, as S3 lists keys. JavaScript's own order differs
 * where a surrogate meets a character of U+E000 to U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  const surrogate = unit >= 0xd800 && unit <= 0xdfff;
  return surrogate ? unit + 0x10000 : unit;
}
