/** Bytes of the largest answer that is read as a whole: 1,000 keys of 1,024 bytes, each of them three times as long encoded. */
export const MAX_TEXT = 16 * 1024 * 1024;
