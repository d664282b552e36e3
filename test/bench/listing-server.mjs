// node listing-server.mjs PAGES: a bucket of PAGES x 1,000 keys that is only listed (ListObjectsV2). It makes each page when
// it is asked for, in a process of its own, so that its memory is not that of the client. Prints its port; ends when its
// standard input does.
import http from 'node:http';
import { URLSearchParams } from 'node:url';

const PAGES = Number(process.argv[2]);
const digits = (i) => `${i}`.padStart(6, '0');

const server = http.createServer((request, response) => {
  const search = new URLSearchParams(request.url.split('?')[1]);
  request.resume().on('end', () => {
    const body = page(Number(search.get('continuation-token') ?? 0));
    response
      .setHeader('content-type', 'application/xml')
      .setHeader('content-length', Buffer.byteLength(body));
    response.end(body);
  });
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));

function page(number) {
  const objects = Array.from(
    { length: 1000 },
    (_, i) =>
      `<Contents><Key>2026/11/20/${digits(number)}/photo-${digits(i)}.jpg</Key><LastModified>2026-11-20T08:00:00.000Z</LastModified>` +
      `<ETag>&quot;${digits(i).padStart(32, '0')}&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>` +
      `<ChecksumType>FULL_OBJECT</ChecksumType><Size>${1024 + i}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const more = number + 1 < PAGES;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    `<Name>bench</Name><Prefix></Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${more}</IsTruncated>` +
    `${objects.join('')}${more ? `<NextContinuationToken>${number + 1}</NextContinuationToken>` : ''}</ListBucketResult>`
  );
}
