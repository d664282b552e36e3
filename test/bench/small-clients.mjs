// The clients of the suite `small`, each as it is by its defaults, but for path style and keys. Each makes what the works
// need: put(key, bytes), get(key) -> bytes, list(prefix) -> how many, presign(key) -> URL.
import { raw } from './small-raw.mjs';
import { flydriveDisk, flystorageStorage, minioClient, s3Client, stowage } from './s3-peers.mjs';

/** By name; `signed` says whether the work wants bodies signed. */
export const clients = {
  raw,

  async 'nestjs-stowage'(server, signed) {
    const { StorageService } = await import('../../dist/index.js');
    const backend = await stowage(server, signed ? 'signed' : 'unsigned');
    const storage = new StorageService('bench', backend);
    return {
      put: (key, body) => storage.put(key, body),
      get: (key) => storage.bytes(key),
      list: async (prefix) => (await storage.page({ prefix })).objects.length,
      presign: async (key) => (await storage.signedUrl(key, { expiresIn: 900 })).url,
    };
  },

  async 'aws-sdk'(server) {
    return sdk(server, await s3Client(server));
  },

  /** Over plain http the SDK signs bodies. This is the least that it takes: not signed, and one checksum. */
  async 'aws-sdk unsigned'(server) {
    const made = await s3Client(server);
    made.middlewareStack.add(
      (next) => (args) => {
        args.request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
        return next(args);
      },
      { step: 'build' },
    );
    return sdk(server, made);
  },

  async minio(server) {
    const made = await minioClient(server);
    const { bucket } = server;
    return {
      put: (key, body) => made.putObject(bucket, key, body, body.length),
      get: async (key) => collect(await made.getObject(bucket, key)),
      list: async (prefix) => {
        // One page; listObjectsV2 is this in a stream.
        const { objects } = await made.listObjectsV2Query(bucket, prefix, '', '', 1000, '');
        return objects.length;
      },
      presign: (key) => made.presignedGetObject(bucket, key, 900),
    };
  },

  async flydrive(server) {
    const disk = await flydriveDisk(server);
    return {
      put: (key, body) => disk.put(key, body),
      get: (key) => disk.getBytes(key),
      list: async (prefix) => {
        const { objects } = await disk.listAll(prefix, { recursive: true, maxResults: 1000 });
        return [...objects].length;
      },
      presign: (key) => disk.getSignedUrl(key, { expiresIn: 900 }),
    };
  },

  async flystorage(server) {
    const storage = await flystorageStorage(server);
    return {
      put: (key, body) => storage.write(key, body, { mimeType: 'application/octet-stream' }),
      get: (key) => storage.readToBuffer(key),
      list: async (prefix) => (await storage.list(prefix, { deep: true }).toArray()).length,
      presign: (key) => storage.temporaryUrl(key, { expiresAt: Date.now() + 900_000 }),
    };
  },
};

async function sdk({ bucket: Bucket }, made) {
  const { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } = await import('@aws-sdk/client-s3');
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  return {
    put: (Key, Body) => made.send(new PutObjectCommand({ Bucket, Key, Body })),
    get: async (Key) => {
      const { Body } = await made.send(new GetObjectCommand({ Bucket, Key }));
      return Body.transformToByteArray();
    },
    list: async (Prefix) => {
      const { Contents } = await made.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1000 }));
      return Contents.length;
    },
    presign: (Key) => getSignedUrl(made, new GetObjectCommand({ Bucket, Key }), { expiresIn: 900 }),
  };
}

function collect(stream) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('error', reject);
  });
}
