/** Bytes of the body that completes an upload: 10,000 parts of which each is named in 200. */
export const MAX_COMPLETION = 2 * 1024 * 1024;
