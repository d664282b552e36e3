import type { ContentHeaders } from '../../core/object.js';

/** How an object is sent. */
export interface ServeOptions {
  /** To be saved, not displayed. Default: false; content that a browser would run is always to be saved. */
  readonly download?: boolean | undefined;
  /** The name to save it as. Default: that kept with the object, else the last segment of its key. */
  readonly name?: string | undefined;
  /** Default: that kept with the object, else `private, no-cache`. */
  readonly cacheControl?: string | undefined;
  /** What to send instead of the headers that are kept with the object. Default: nothing. */
  readonly replace?: Omit<ContentHeaders, 'cacheControl'> | undefined;
}
