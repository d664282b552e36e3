// How the suites make the clients of others: each as it is by its defaults, but for path style and keys.

/** What S3Client, S3Driver and S3Backend all understand. */
export const optionsOf = ({ endpoint, region, credentials }) => ({
  endpoint,
  region,
  credentials,
  forcePathStyle: true,
});

export async function s3Client(server) {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client(optionsOf(server));
}

export async function minioClient({ endpoint, region, credentials }) {
  const { Client } = await import('minio');
  const { hostname, port } = new URL(endpoint);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    region,
    pathStyle: true,
  });
}

export async function flydriveDisk(server) {
  const { Disk } = await import('flydrive');
  const { S3Driver } = await import('flydrive/drivers/s3');
  const { bucket } = server;
  return new Disk(new S3Driver({ ...optionsOf(server), bucket, visibility: 'private', supportsACL: false }));
}

export async function flystorageStorage(server) {
  const { FileStorage } = await import('@flystorage/file-storage');
  const { AwsS3StorageAdapter } = await import('@flystorage/aws-s3');
  return new FileStorage(new AwsS3StorageAdapter(await s3Client(server), { bucket: server.bucket }));
}

/** Ours, as the null server wants it, which does what AWS does. */
export async function stowage(server, payload) {
  const { S3Backend } = await import('../../dist/backends/s3/backend.js');
  const profile = server.name === 'null' ? 'aws' : server.name;
  return new S3Backend({ ...optionsOf(server), bucket: server.bucket, profile, payload });
}
