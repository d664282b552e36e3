// node small-null-server.mjs: what null-server.c is, for machines without a C compiler. It is slower, so that fast
// clients wait for it. Prints its port; ends when its standard input does.
import http from 'node:http';
import { URLSearchParams } from 'node:url';
import { crc32 } from 'node:zlib';

const ETAG = '"9b74c9897bac770ffc029102a200c5de"';
const pages = new Map();

const server = http.createServer((request, response) => {
  const [path, query = ''] = request.url.split('?');
  const search = new URLSearchParams(query);
  request.resume().on('end', () => {
    response.setHeader('x-amz-request-id', '4442587FB7D0A2F9');
    if (search.get('list-type') === '2') return send(response, 'application/xml', page(search.get('prefix')));
    const answer = multipart(request.method, search);
    if (answer) return send(response, 'application/xml', answer);
    if (request.method === 'GET' || request.method === 'HEAD') {
      const body = Buffer.alloc(Number(path.slice(path.lastIndexOf('-') + 1)) || 0);
      response.setHeader('etag', ETAG).setHeader('last-modified', 'Fri, 20 Nov 2026 08:00:00 GMT');
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
      if (range && request.method === 'GET') {
        const [start, end] = [Number(range[1]), Math.min(Number(range[2]), body.length - 1)];
        response.statusCode = 206;
        response.setHeader('content-range', `bytes ${start}-${end}/${body.length}`);
        return send(response, 'application/octet-stream', body.subarray(start, end + 1));
      }
      if (request.headers['x-amz-checksum-mode']) {
        const sum = Buffer.alloc(4);
        sum.writeUInt32BE(crc32(body));
        response.setHeader('x-amz-checksum-crc32', sum.toString('base64'));
        response.setHeader('x-amz-checksum-type', 'FULL_OBJECT');
      }
      return send(response, 'application/octet-stream', body);
    }
    if (request.method === 'DELETE') return response.writeHead(204).end();
    for (const [name, value] of Object.entries(request.headers))
      if (name.startsWith('x-amz-checksum-')) response.setHeader(name, value);
    response.setHeader('etag', ETAG).setHeader('content-length', 0).end();
  });
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));

/** What a request of a multipart upload is answered, but for parts. */
function multipart(method, search) {
  if (method === 'POST' && search.has('uploads'))
    return '<InitiateMultipartUploadResult><UploadId>null-upload</UploadId></InitiateMultipartUploadResult>';
  if (method === 'POST' && search.has('uploadId'))
    return `<CompleteMultipartUploadResult><Location>/</Location><Bucket>bench</Bucket><Key>k</Key><ETag>${ETAG}</ETag></CompleteMultipartUploadResult>`;
  if (method === 'GET' && search.has('uploads'))
    return '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>';
  if (method === 'GET' && search.has('uploadId'))
    return '<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>';
  return undefined;
}

function send(response, type, body) {
  response.setHeader('content-type', type).setHeader('content-length', Buffer.byteLength(body)).end(body);
}

function page(prefix) {
  const known = pages.get(prefix);
  if (known) return known;
  const objects = Array.from({ length: 1000 }, (_, i) => {
    const number = `${i}`.padStart(6, '0');
    return (
      `<Contents><Key>${prefix}2026/11/20/photo-${number}.jpg</Key><LastModified>2026-11-20T08:00:00.000Z</LastModified>` +
      `<ETag>&quot;${number.padStart(32, '0')}&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>` +
      `<ChecksumType>FULL_OBJECT</ChecksumType><Size>${1024 + i}</Size><StorageClass>STANDARD</StorageClass></Contents>`
    );
  });
  const text =
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    `<Name>bench</Name><Prefix>${prefix}</Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys>` +
    `<IsTruncated>false</IsTruncated>${objects.join('')}</ListBucketResult>`;
  pages.set(prefix, text);
  return text;
}
