/** Where clamd is, and how long it may take to answer. */
export interface ClamdOptions {
  /** The name or address of its machine (`TCPAddr`). Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Its port (`TCPSocket`). Default: 3310. */
  readonly port?: number | undefined;
  /** The path of its socket (`LocalSocket`), instead of `host` and `port`. */
  readonly socketPath?: string | undefined;
  /** Milliseconds in which a connection has to be there, and in which `ping` and `version` have to be answered. Default: 5,000. */
  readonly connectTimeoutMs?: number | undefined;
}
