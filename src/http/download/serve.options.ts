import type { ContentHeaders } from '../../core/object.js';
import type { SignReadOptions } from '../../core/sign-options.js';

/** How long a client may be sent elsewhere for an object. */
export interface RedirectOptions {
  /** Seconds that the URL is valid, 1 to 604,800. A download that has begun goes on. Default: 300. */
  readonly expiresIn?: number | undefined;
  /** Gives the same URL again for some time, so that a browser finds what it has kept of it. Default: false. */
  readonly cacheable?: SignReadOptions['cacheable'];
}

/** How bodies get to their clients, the same for every object of a route. */
export interface DeliveryOptions {
  /**
   * Answers a GET with 303 and a signed URL of the storage, which the client follows, so that the bytes do not pass through
   * this process. Needs a backend that signs URLs. Default: false.
   */
  readonly redirect?: boolean | RedirectOptions | undefined;
  /**
   * Milliseconds in which a client has to take something of what is sent to it, up to 2,147,483,647: else its connection is
   * cut, because it holds a file or a connection of the storage. 0: no limit. Default: 60,000.
   */
  readonly stallTimeoutMs?: number | undefined;
}

/** How an object is sent. */
export interface ServeOptions extends DeliveryOptions {
  /** To be saved, not displayed. Default: false; content that a browser would run is always to be saved. */
  readonly download?: boolean | undefined;
  /** The name to save it as. Default: that kept with the object, else the last segment of its key. */
  readonly name?: string | undefined;
  /** Default: that kept with the object, else `private, no-cache`. */
  readonly cacheControl?: string | undefined;
  /** What to send instead of the headers that are kept with the object. Default: nothing. */
  readonly replace?: Omit<ContentHeaders, 'cacheControl'> | undefined;
}
