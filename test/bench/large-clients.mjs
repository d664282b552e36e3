// The clients of the suite `large`, each as it is by its defaults, but for path style and keys. Each makes what the works
// need: putStream(key, stream, size), putFile(key, path, size), getFile(key, path), putBytes(key, bytes), getBytes(key).
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { raw } from './large-raw.mjs';

const options = ({ endpoint, region, credentials }) => ({
  endpoint,
  region,
  credentials,
  forcePathStyle: true,
});

export const clients = {
  raw,

  async 'nestjs-stowage'(server) {
    const { LayeredBackend } = await import('../../dist/core/layered-backend.js');
    const { FileBody } = await import('../../dist/core/file-body.js');
    const { S3Backend } = await import('../../dist/backends/s3/backend.js');
    const backend = new S3Backend({
      ...options(server),
      bucket: server.bucket,
      // The null server does what AWS does.
      profile: server.name === 'null' ? 'aws' : server.name,
      payload: 'unsigned',
    });
    const layered = new LayeredBackend(backend, 'bench', []);
    // Not for uploads: the service brings Nest into the memory.
    const service = async () => {
      const { StorageService } = await import('../../dist/storage/storage.service.js');
      return new StorageService('bench', layered);
    };
    return {
      // The length is not told: a stream of unknown length is what applications have.
      putStream: (key, stream) => layered.put(key, stream),
      putFile: (key, path) => layered.put(key, new FileBody(path)),
      putBytes: (key, bytes) => layered.put(key, bytes),
      getBytes: async (key) => (await service()).bytes(key),
      getFile: async (key, path) => (await service()).download(key, { to: path }),
    };
  },

  async 'lib-storage'(server) {
    const { Upload } = await import('@aws-sdk/lib-storage');
    const made = await client(server);
    const upload = (Key, Body) =>
      new Upload({ client: made, params: { Bucket: server.bucket, Key, Body } }).done();
    return { putStream: upload, putFile: (key, path) => upload(key, createReadStream(path)) };
  },

  async 'aws-sdk'(server) {
    const { GetObjectCommand, PutObjectCommand } = await import('@aws-sdk/client-s3');
    const made = await client(server);
    const { bucket: Bucket } = server;
    const put = (Key, Body, ContentLength) =>
      made.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength }));
    const get = async (Key) => (await made.send(new GetObjectCommand({ Bucket, Key }))).Body;
    return {
      putStream: put,
      putFile: (key, path, size) => put(key, createReadStream(path), size),
      putBytes: (key, bytes) => put(key, bytes),
      getBytes: async (key) => (await get(key)).transformToByteArray(),
      getFile: async (key, path) => pipeline(await get(key), createWriteStream(path)),
    };
  },

  async minio(server) {
    const { Client } = await import('minio');
    const { hostname, port } = new URL(server.endpoint);
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = server.credentials;
    const made = new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: false,
      accessKey,
      secretKey,
      region: server.region,
      pathStyle: true,
    });
    const { bucket } = server;
    return {
      putStream: (key, stream, size) => made.putObject(bucket, key, stream, size),
      putFile: (key, path) => made.fPutObject(bucket, key, path),
      getFile: async (key, path) => pipeline(await made.getObject(bucket, key), createWriteStream(path)),
    };
  },

  async flydrive(server) {
    const { Disk } = await import('flydrive');
    const { S3Driver } = await import('flydrive/drivers/s3');
    const { bucket } = server;
    const disk = new Disk(
      new S3Driver({ ...options(server), bucket, visibility: 'private', supportsACL: false }),
    );
    return {
      putStream: (key, stream, size) => disk.putStream(key, stream, { contentLength: size }),
      putFile: (key, path, size) => disk.putStream(key, createReadStream(path), { contentLength: size }),
      getFile: async (key, path) => pipeline(await disk.getStream(key), createWriteStream(path)),
    };
  },

  async flystorage(server) {
    const { FileStorage } = await import('@flystorage/file-storage');
    const { AwsS3StorageAdapter } = await import('@flystorage/aws-s3');
    const storage = new FileStorage(new AwsS3StorageAdapter(await client(server), { bucket: server.bucket }));
    const put = (key, stream) => storage.write(key, stream, { mimeType: 'application/octet-stream' });
    return {
      putStream: put,
      putFile: (key, path) => put(key, createReadStream(path)),
      getFile: async (key, path) => pipeline(await storage.read(key), createWriteStream(path)),
    };
  },
};

async function client(server) {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client(options(server));
}
