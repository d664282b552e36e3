/** When a URL is signed, in whole seconds, and how long it is valid from then on. */
export interface SigningTime {
  readonly signedAt: Date;
  /** Seconds. */
  readonly expiresIn: number;
  readonly expiresAt: Date;
}

/**
 * The time of a signature that is made `now`: rounded down to the window, and valid for that much longer, so that at the
 * end of the window there is still as much time left as was asked for.
 */
export function signingTime(
  { expiresIn, windowSeconds }: { readonly expiresIn: number; readonly windowSeconds: number },
  now: number = Date.now(),
): SigningTime {
  const second = Math.floor(now / 1000);
  const signedAt = windowSeconds === 0 ? second : second - (second % windowSeconds);
  const valid = expiresIn + windowSeconds;
  return {
    signedAt: new Date(signedAt * 1000),
    expiresIn: valid,
    expiresAt: new Date((signedAt + valid) * 1000),
  };
}
