/**
 * An `S3Client` of `@aws-sdk/client-s3`, told by what it has: a client of another service is none. Public types name it
 * instead of the class, so that they can be read where the SDK is not installed.
 */
export interface S3ClientLike {
  readonly config: {
    readonly region: () => Promise<string>;
    readonly isCustomEndpoint?: boolean | undefined;
    /** Which only S3 has. */
    readonly forcePathStyle: unknown;
    readonly disableMultiregionAccessPoints: unknown;
  };
  readonly middlewareStack: { identify(): string[] };
  send(command: never): Promise<unknown>;
  destroy(): void;
}
