import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';

/** Where the requests of one bucket go, and what they are signed for. */
export interface Target {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** The `Host` header. */
  readonly host: string;
  /** What every path begins with, without a slash at its end: empty, or the bucket in path style. */
  readonly basePath: string;
  readonly region: string;
  /** `s3`, of an access point too. */
  readonly service: string;
}

interface Resolved {
  readonly url: URL;
  readonly region: string;
  readonly service: string;
  readonly scheme: string;
}

/** Ends a command before it is sent. */
class Found extends Error {
  constructor(readonly resolved: Resolved) {
    super('The endpoint is known');
  }
}

/**
 * Where `client` would send the requests of `bucket`: its endpoint rules decide, with everything that they look at
 * (region, custom endpoint, environment, path style, dual-stack, FIPS, access point). Nothing is sent.
 * @throws Error of the SDK for a bucket or options that make no endpoint, and for another way to sign than SigV4.
 */
export async function resolveTarget(client: S3Client, bucket: string): Promise<Target> {
  const { url, region, service, scheme } = await resolveEndpoint(client, bucket);
  if (scheme !== 'sigv4') throw new Error(`The bucket wants ${scheme}, and this path signs by sigv4 alone`);
  return targetOf(url, region, service);
}

/** The target in another region: that of the server when it says that the bucket is there. What else was chosen, FIPS say, stays. */
export async function inRegion(
  { config }: S3Client,
  target: Target,
  bucket: string,
  region: string,
): Promise<Target> {
  // An endpoint of the user's stays: only what is signed changes.
  if (!target.hostname.endsWith('.amazonaws.com') && !target.hostname.endsWith('.amazonaws.com.cn'))
    return { ...target, region };
  const { url, properties } = config.endpointProvider({
    Bucket: bucket,
    Region: region,
    ForcePathStyle: target.basePath !== '',
    UseFIPS: await config.useFipsEndpoint(),
    UseDualStack: await config.useDualstackEndpoint(),
    Accelerate: config.useAccelerateEndpoint,
    UseArnRegion: true,
  });
  // The name of an access point has its region, whatever anybody says.
  return targetOf(url, schemeOf(properties).signingRegion ?? region, target.service);
}

function targetOf(url: URL, region: string, service: string): Target {
  const secure = url.protocol === 'https:';
  return {
    secure,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    host: url.host,
    basePath: url.pathname.replace(/\/+$/, ''),
    region,
    service,
  };
}

async function resolveEndpoint(client: S3Client, bucket: string): Promise<Resolved> {
  const command = new HeadBucketCommand({ Bucket: bucket });
  // The endpoint is decided before a request is built, and the retries begin after that.
  command.middlewareStack.add(
    (_next, context) => () => {
      const { url, properties } =
        (context as { endpointV2?: { url: URL; properties?: object } }).endpointV2 ?? {};
      if (!url) throw new Error('The SDK resolved no endpoint');
      const { name = 'sigv4', signingRegion = '', signingName = 's3' } = schemeOf(properties);
      throw new Found({ url, scheme: name, region: signingRegion, service: signingName });
    },
    { step: 'build', priority: 'high', name: 'stowageEndpoint' },
  );
  try {
    await client.send(command);
  } catch (error) {
    if (error instanceof Found) {
      const { resolved } = error;
      return resolved.region === '' ? { ...resolved, region: await client.config.region() } : resolved;
    }
    throw error;
  }
  throw new Error('The SDK resolved no endpoint');
}

interface AuthScheme {
  readonly name?: string;
  readonly signingName?: string;
  readonly signingRegion?: string;
}

/** How the endpoint wants its requests to be signed. */
function schemeOf(properties: object | undefined): AuthScheme {
  const { authSchemes = [] } = (properties ?? {}) as { readonly authSchemes?: readonly AuthScheme[] };
  return authSchemes[0] ?? {};
}
