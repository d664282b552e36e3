import { readFileSync } from 'node:fs';
import https from 'node:https';
import { URL } from 'node:url';
import { clients } from './large-clients.mjs';
import { source } from './large-sources.mjs';

/** How many connections a client opens over TLS for 40 parts, 4 of them at once. */
export async function tlsConnections(client) {
  const { certificate, key } = JSON.parse(process.env.STOWAGE_BENCH_TLS);
  let connections = 0;
  let parts = 0;
  const server = https.createServer(
    { cert: readFileSync(certificate), key: readFileSync(key) },
    (request, response) => {
      const { searchParams } = new URL(request.url, 'https://localhost');
      request.resume().on('end', () => {
        if (searchParams.has('partNumber')) parts++;
        for (const [name, value] of Object.entries(request.headers))
          if (name.startsWith('x-amz-checksum-')) response.setHeader(name, value);
        response.setHeader('etag', '"9b74c9897bac770ffc029102a200c5de"');
        const xml =
          request.method !== 'POST'
            ? ''
            : searchParams.has('uploads')
              ? '<InitiateMultipartUploadResult><UploadId>null</UploadId></InitiateMultipartUploadResult>'
              : '<CompleteMultipartUploadResult><ETag>"9b74c9897bac770ffc029102a200c5de-40"</ETag></CompleteMultipartUploadResult>';
        response.setHeader('content-length', xml.length).end(xml);
      });
    },
  );
  server.keepAliveTimeout = 60_000;
  server.on('secureConnection', () => connections++);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const made = await clients[client]({
    name: 'null',
    endpoint: `https://127.0.0.1:${server.address().port}`,
    region: 'us-east-1',
    bucket: 'bench',
    credentials: { accessKeyId: 'k', secretAccessKey: 's' },
  });
  // The default of lib-storage is parts of 5 MiB, ours 8 MiB: each gets what makes 40 of them.
  const mib = client === 'lib-storage' ? 200 : 320;
  await made.putStream(`put/tls-${mib}`, source(mib), mib << 20);
  if (parts !== 40) throw new Error(`${parts} parts`);
  server.close();
  return { perSecond: connections, cpu: NaN };
}
