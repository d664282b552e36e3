/** How an object is sent. */
export interface ServeOptions {
  /** To be saved, not displayed. Default: false; content that a browser would run is always to be saved. */
  readonly download?: boolean | undefined;
  /** The name to save it as. Default: that kept with the object, else the last segment of its key. */
  readonly name?: string | undefined;
  /** Default: that kept with the object, else `private, no-cache`. */
  readonly cacheControl?: string | undefined;
}
