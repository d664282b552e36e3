/**
 * Characters of the secret that signs URLs: with fewer, whoever has seen one URL can try all of them, and make others.
 * In hexadecimal digits it is the 128 bits that https://www.rfc-editor.org/rfc/rfc2104#section-3 asks for at least: half
 * of its hash.
 */
export const MIN_SECRET = 32;
