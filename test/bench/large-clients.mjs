// The clients of the suite `large`, each as it is by its defaults, but for path style and keys. Each makes what the works
// need: putStream(key, stream, size), putFile(key, path, size), getFile(key, path), putBytes(key, bytes), getBytes(key).
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { raw } from './large-raw.mjs';
import { flydriveDisk, flystorageStorage, minioClient, s3Client, stowage } from './s3-peers.mjs';

export const clients = {
  raw,

  async 'nestjs-stowage'(server) {
    const { LayeredBackend } = await import('../../dist/core/layered-backend.js');
    const { FileBody } = await import('../../dist/core/file-body.js');
    const backend = await stowage(server, 'unsigned');
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
    const made = await s3Client(server);
    const upload = (Key, Body) =>
      new Upload({ client: made, params: { Bucket: server.bucket, Key, Body } }).done();
    return { putStream: upload, putFile: (key, path) => upload(key, createReadStream(path)) };
  },

  async 'aws-sdk'(server) {
    const { GetObjectCommand, PutObjectCommand } = await import('@aws-sdk/client-s3');
    const made = await s3Client(server);
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
    const made = await minioClient(server);
    const { bucket } = server;
    return {
      putStream: (key, stream, size) => made.putObject(bucket, key, stream, size),
      putFile: (key, path) => made.fPutObject(bucket, key, path),
      getFile: async (key, path) => pipeline(await made.getObject(bucket, key), createWriteStream(path)),
    };
  },

  async flydrive(server) {
    const disk = await flydriveDisk(server);
    return {
      putStream: (key, stream, size) => disk.putStream(key, stream, { contentLength: size }),
      putFile: (key, path, size) => disk.putStream(key, createReadStream(path), { contentLength: size }),
      getFile: async (key, path) => pipeline(await disk.getStream(key), createWriteStream(path)),
    };
  },

  async flystorage(server) {
    const storage = await flystorageStorage(server);
    const put = (key, stream) => storage.write(key, stream, { mimeType: 'application/octet-stream' });
    return {
      putStream: put,
      putFile: (key, path) => put(key, createReadStream(path)),
      getFile: async (key, path) => pipeline(await storage.read(key), createWriteStream(path)),
    };
  },
};
