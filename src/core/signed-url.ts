/** The methods that a URL can be signed for. */
export type SignMethod = 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST';

/** A request that anyone may make until it expires. As JSON it has `expiresAt` in ISO 8601. */
export interface SignedUrl {
  readonly url: string;
  readonly method: SignMethod;
  /** What the client has to send, exactly: names in lower case. A browser sends `content-length` by itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of POST: the fields of the `multipart/form-data`. The file follows them, as the field `file`. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Of the object, as the storage knows it. */
  readonly key: string;
  readonly expiresAt: Date;
}
